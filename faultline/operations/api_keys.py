"""Creation, listing and revocation of the API keys of a stage's clients.

The keys are not part of the stack. The value of a key is returned only once, on creation; apart from that it
exists only in API Gateway, and never in a template, an output, a log or a command line. In API Gateway, the
key of a client is named `<stack>:<client>`. It is valid as long as it is in the stage's usage plan, which is
part of the stack: a key that outlives the stack does not open the API of another deployment.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-keys.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from faultline.operations import audit
from faultline.operations.errors import ApiKeyRefused
from infra.api.usage_plan import USAGE_PLAN
from infra.errors import aws_errors
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """API key of a client.

    Attributes:
        valid: Whether the key is in the usage plan of the deployed stage; API Gateway refuses others.
        value: The secret; None unless the key has just been created.
    """

    id: str
    name: str
    enabled: bool
    valid: bool
    created_at: datetime
    value: str | None = field(default=None, repr=False)


def create(session: boto3.Session, settings: StageSettings, name: str) -> ApiKey:
    """Create a key for a client, and return it with its value.

    Raises:
        ApiKeyRefused: If the name is taken or is not 1 to 100 of `[A-Za-z0-9_.-]`, or the stage requires
            no keys or is not deployed.
        AwsUnavailable: If AWS cannot be reached or refuses a call.
    """
    if not _NAME.fullmatch(name):
        raise ApiKeyRefused("a key's name has 1 to 100 of the characters A-Z a-z 0-9 _ . -")
    plan = _usage_plan(session, settings)
    with aws_errors(f"creating a key for {settings.stack_name}"):
        gateway: APIGatewayClient = session.client("apigateway")
        if taken := next((key for key in _keys(gateway, settings, plan) if key.name == name), None):
            raise ApiKeyRefused(
                f"{settings.stack_name} has a key named {name}; revoke it first, or choose another name"
                if taken.valid
                else f"{settings.stack_name}'s key {name} is no longer valid; revoke it, and create it again"
            )
        made = gateway.create_api_key(name=settings.api_key_name(name), enabled=True)
        try:
            gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
        except BaseException:
            # A key without a usage plan grants no access, and would block another one with this name.
            gateway.delete_api_key(apiKey=made["id"])
            raise
    audit.note(session, settings, "API key created", api_key=name, api_key_id=made["id"])
    return ApiKey(
        id=made["id"],
        name=name,
        enabled=True,
        valid=True,
        created_at=made["createdDate"],
        value=made["value"],
    )


def keys(session: boto3.Session, settings: StageSettings) -> list[ApiKey]:
    """Return all keys of a stage, sorted by name, without their values.

    Raises:
        AwsUnavailable: If AWS cannot be reached or refuses a call.
    """
    with aws_errors(f"listing the keys of {settings.stack_name}"):
        plan = _deployed_plan(session, settings)
        return sorted(_keys(session.client("apigateway"), settings, plan), key=lambda key: key.name)


def revoke(session: boto3.Session, settings: StageSettings, name: str) -> ApiKey:
    """Delete a client's key, and return it without its value.

    Names are not unique in API Gateway: if a creation was repeated because its response was lost, or two
    people created a key at once, there are several keys of one name, and all are deleted.

    Raises:
        ApiKeyRefused: If no key of the stage has that name.
        AwsUnavailable: If AWS cannot be reached or refuses a call.
    """
    with aws_errors(f"revoking a key of {settings.stack_name}"):
        gateway: APIGatewayClient = session.client("apigateway")
        found = [key for key in _keys(gateway, settings, plan=None) if key.name == name]
        if not found:
            raise ApiKeyRefused(f"{settings.stack_name} has no key named {name}")
        for key in found:
            gateway.delete_api_key(apiKey=key.id)
            audit.note(session, settings, "API key revoked", api_key=name, api_key_id=key.id)
    return found[0]


def _keys(gateway: "APIGatewayClient", settings: StageSettings, plan: str | None) -> Iterator[ApiKey]:
    """Yield all keys of a stage; those in the usage plan are valid."""
    valid = _ids_in(gateway, plan) if plan else frozenset()
    prefix = settings.api_key_name("")
    pages = gateway.get_paginator("get_api_keys").paginate(nameQuery=prefix, includeValues=False)
    for page in pages:
        for key in page["items"]:
            # On AWS the query selects by prefix (GetApiKeys); LocalStack ignores it.
            if key["name"].startswith(prefix):
                yield ApiKey(
                    id=key["id"],
                    name=key["name"].removeprefix(prefix),
                    enabled=key["enabled"],
                    valid=key["id"] in valid,
                    created_at=key["createdDate"],
                )


def _ids_in(gateway: "APIGatewayClient", plan: str) -> frozenset[str]:
    """Return the ids of the keys in a usage plan; none if it has been deleted."""
    try:
        pages = gateway.get_paginator("get_usage_plan_keys").paginate(usagePlanId=plan)
        return frozenset(key["id"] for page in pages for key in page["items"])
    except gateway.exceptions.NotFoundException:
        return frozenset()


def _usage_plan(session: boto3.Session, settings: StageSettings) -> str:
    if settings.authentication != "api-key":
        raise ApiKeyRefused(f"stage {settings.name} does not use API keys")
    with aws_errors(f"looking for the usage plan of {settings.stack_name}"):
        plan = _deployed_plan(session, settings)
    if plan is None:
        raise ApiKeyRefused(f"{settings.stack_name} is not deployed, or has no usage plan yet")
    return plan


def _deployed_plan(session: boto3.Session, settings: StageSettings) -> str | None:
    """Return the id of the stage's usage plan; None if the stage is not deployed or has none."""
    try:
        found = session.client("cloudformation").describe_stack_resource(
            StackName=settings.stack_name, LogicalResourceId=USAGE_PLAN
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return found["StackResourceDetail"]["PhysicalResourceId"]
