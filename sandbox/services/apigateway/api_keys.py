"""Removal of deleted API keys from their usage plans.

LocalStack leaves a deleted key in its plans, whose requests then fail. On AWS, deleting a key also removes it
from its plans:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-keys.html
"""

from typing import Any

from localstack.utils.patch import Patch
from moto.apigateway.models import APIGatewayBackend


def install() -> None:
    """Remove API keys from their usage plans when they are deleted."""
    Patch.function(APIGatewayBackend.delete_api_key, _delete).apply()


def _delete(delete: Any, backend: Any, api_key_id: str) -> None:
    delete(backend, api_key_id)
    for members in backend.usage_plan_keys.values():
        members.pop(api_key_id, None)
