"""Shorter waits in deployments.

LocalStack's CloudFormation checks five times in a row whether a resource is ready, and then once a second, so
a function that is ready after 0.1 s takes a second. For an update it waits twice, in steps of a second.
"""

from functools import partialmethod

from localstack import config
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.utils.patch import Patch

POLL_SECONDS = 0.05
WAIT_SECONDS = 120


def install() -> None:
    """Check at shorter intervals whether resources are ready."""
    loop = partialmethod(ResourceProviderExecutor.deploy_loop, sleep_time=POLL_SECONDS)
    Patch(ResourceProviderExecutor, "deploy_loop", loop).apply()
    # The environment variables of these settings accept whole seconds only.
    Patch(config, "BOTO_WAITER_DELAY", POLL_SECONDS).apply()
    Patch(config, "BOTO_WAITER_MAX_ATTEMPTS", round(WAIT_SECONDS / POLL_SECONDS)).apply()
