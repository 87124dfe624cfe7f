"""An API key that is deleted opens nothing; LocalStack 4.14.0 still finds it in its usage plans, and fails.

A key belongs to a plan by an association that goes with the key:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-keys.html
"""

# moto is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from typing import Any

from localstack.runtime import hooks


@hooks.on_infra_start()
def forget_deleted_keys() -> None:
    """Take a key out of the plans that it belongs to when it is deleted."""
    from localstack.utils.patch import Patch
    from moto.apigateway.models import APIGatewayBackend

    Patch.function(APIGatewayBackend.delete_api_key, _delete).apply()


def _delete(delete: Any, backend: Any, api_key_id: str) -> None:
    delete(backend, api_key_id)
    for members in backend.usage_plan_keys.values():
        members.pop(api_key_id, None)
