"""Loads the services of the stack while nobody has asked for them yet.

LocalStack loads a service at its first call, so that a deployment, which calls them one after another, waits
for each. Here they are loaded from when LocalStack is ready, beside whoever prepares the deployment.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import logging
import threading

from localstack.runtime import hooks
from localstack.services.plugins import SERVICE_PLUGINS

LOG = logging.getLogger(__name__)

SERVICES = (
    # In the order in which a deployment needs them.
    *("cloudformation", "s3", "apigateway", "iam", "kms", "sns", "logs", "sqs", "dynamodb"),
    *("lambda", "ssm", "events", "cloudwatch"),
)


@hooks.on_infra_ready()
def load_services() -> None:
    """Begin, and return at once."""
    threading.Thread(target=_load, name="preload", daemon=True).start()


def _load() -> None:
    for service in SERVICES:
        try:
            SERVICE_PLUGINS.require(service)
        except Exception:  # its first call will say the same to somebody who wants it
            LOG.exception("%s cannot be loaded", service)
