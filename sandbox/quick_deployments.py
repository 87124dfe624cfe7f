"""What a deployment need not wait for.

LocalStack loads a service at its first call, so that a deployment, which calls them one after another, waits
for each. Here they are loaded from when LocalStack is ready, beside whoever prepares the deployment.

Each of botocore's sessions reads anew the list of AWS's endpoints, 1.3 MB, and the models of the services
that it is asked for, up to 8 MB; LocalStack and moto make some 17 sessions in a deployment.

CloudFormation there looks five times at once whether a resource is made, and then each second: a function
that takes a tenth of a second cost a whole one.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import logging
import threading
from functools import cache, partialmethod
from typing import Any

import boto3
import botocore.session
from botocore.loaders import create_loader
from localstack.runtime import hooks
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.plugins import SERVICE_PLUGINS

LOG = logging.getLogger(__name__)

SERVICES = (
    # In the order in which a deployment needs them.
    *("cloudformation", "s3", "apigateway", "iam", "kms", "sns", "logs", "sqs", "dynamodb"),
    *("lambda", "ssm", "events", "cloudwatch"),
)
LOOK_EVERY_SECONDS = 0.05


@hooks.on_infra_ready()
def hasten_deployments() -> None:
    """Correct what waits, begin to load services, and return at once."""
    read_models_once()
    look_often()
    threading.Thread(target=_load, name="load services", daemon=True).start()


def read_models_once() -> None:
    """Have botocore's sessions share a loader, which remembers what it has read; nobody changes that.

    A session of boto3 adds a folder of its own to its loader's, always the same.
    """
    set_up = boto3.session.Session._setup_loader

    def set_up_once(session: Any) -> None:
        set_up(session)
        session._loader.search_paths[:] = dict.fromkeys(session._loader.search_paths)

    vars(botocore.session)["create_loader"] = cache(create_loader)
    setattr(boto3.session.Session, "_setup_loader", set_up_once)  # noqa: B010 # mypy wants no assignment


def look_often() -> None:
    """Have CloudFormation look soon whether a resource is made."""
    loop = partialmethod(ResourceProviderExecutor.deploy_loop, sleep_time=LOOK_EVERY_SECONDS)
    setattr(ResourceProviderExecutor, "deploy_loop", loop)  # noqa: B010 # mypy wants a function there


def _load() -> None:
    for service in SERVICES:
        try:
            SERVICE_PLUGINS.require(service)
        except Exception:  # its first call will say the same to somebody who wants it
            LOG.exception("%s cannot be loaded", service)
