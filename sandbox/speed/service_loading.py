"""Concurrent loading of services, without parts that hardly any request uses.

LocalStack loads a service at its first call, so a deployment waits for one service after another. Here they
are loaded concurrently as soon as CloudFormation is loaded, with which a deployment begins.
"""

import logging
import threading
from typing import Any

from localstack.services.plugins import SERVICE_PLUGINS, ServicePluginManager
from localstack.utils.patch import Patch
from moto.core.config import default_user_config

from sandbox.speed import deployments
from sandbox.speed.postponed_imports import Later

LOG = logging.getLogger(__name__)

OF_A_DEPLOYMENT = (
    # In the order in which a deployment needs them.
    *("s3", "apigateway", "iam", "kms", "sns", "logs", "sqs", "dynamodb"),
    *("lambda", "ssm", "events", "cloudwatch"),
)


def install() -> None:
    """Load services along with CloudFormation, and leave out moto's own copy of AWS's policies.

    LocalStack makes moto load them, but no longer serves IAM from moto.
    """
    default_user_config["iam"]["load_aws_managed_policies"] = False
    Patch.function(ServicePluginManager._load_service_plugin, _load).apply()


def _load(load: Any, manager: ServicePluginManager, name: str) -> Any:
    """Wrap ServicePluginManager._load_service_plugin, to load other services along with CloudFormation."""
    if name == "cloudformation":
        threading.Thread(target=_load_others, name="load services", daemon=True).start()
        deployments.lighten_change_sets()
    elif name == "iam":
        postpone_managed_policies()
    return load(manager, name)


def _load_others() -> None:
    for service in OF_A_DEPLOYMENT:
        try:
            SERVICE_PLUGINS.require(service)
        except Exception:  # the first call to the service will raise it again
            LOG.exception("%s cannot be loaded", service)


def postpone_managed_policies() -> None:
    """Read the 1,443 managed policies of AWS, 4 MB, when one of them is requested."""
    from localstack.services.iam.provider import IamProvider

    def on_after_init(provider: Any) -> None:
        provider._aws_managed_policy_cache = Later(provider._build_aws_managed_policy_cache)

    Patch(IamProvider, "on_after_init", on_after_init).apply()
