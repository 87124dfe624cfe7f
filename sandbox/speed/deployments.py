"""Shorten the waits of a deployment.

LocalStack loads a service at its first call, so a deployment waits for one service after another. Here they
are loaded as soon as LocalStack is ready, while a client prepares the deployment.

LocalStack's CloudFormation checks five times at once whether a resource is ready, and then once a second, so
a function that is ready after 0.1 s takes a second. For an update it waits twice, in steps of a second.
"""

import logging
import threading
from functools import partialmethod

from localstack import config
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.patch import Patch

LOG = logging.getLogger(__name__)

SERVICES = (
    # In the order in which a deployment needs them.
    *("cloudformation", "s3", "apigateway", "iam", "kms", "sns", "logs", "sqs", "dynamodb"),
    *("lambda", "ssm", "events", "cloudwatch"),
)
POLL_SECONDS = 0.05
WAIT_SECONDS = 120


def install() -> None:
    """Check in shorter intervals whether resources are ready."""
    loop = partialmethod(ResourceProviderExecutor.deploy_loop, sleep_time=POLL_SECONDS)
    Patch(ResourceProviderExecutor, "deploy_loop", loop).apply()
    # The environment variables of these settings take whole seconds only.
    Patch(config, "BOTO_WAITER_DELAY", POLL_SECONDS).apply()
    Patch(config, "BOTO_WAITER_MAX_ATTEMPTS", round(WAIT_SECONDS / POLL_SECONDS)).apply()


def load_services() -> None:
    """Start to load services, and return at once."""
    threading.Thread(target=_load, name="load services", daemon=True).start()


def _load() -> None:
    for service in SERVICES:
        try:
            SERVICE_PLUGINS.require(service)
        except Exception:  # the first call of the service will raise it again
            LOG.exception("%s cannot be loaded", service)
