"""What a deployment need not wait for.

LocalStack loads a service at its first call, so that a deployment, which calls them one after another, waits
for each. Here they are loaded from when LocalStack is ready, beside whoever prepares the deployment.

CloudFormation there looks five times at once whether a resource is made, and then each second: a function
that takes a tenth of a second cost a whole one.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import logging
import threading
from functools import partialmethod

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
    look_often()
    threading.Thread(target=_load, name="load services", daemon=True).start()


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
