"""The API keys of a stage's clients: made, listed and revoked beside its stack.

A key's value is told once, by whoever makes it, and is nowhere else but in API Gateway: no template, no
stack's output, no log and no command line has it. Names are `<stack>:<client>`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-keys.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from infra.api.usage_plan import USAGE_PLAN
from infra.errors import ApiKeyRefused, aws_errors
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A client's key; `value` is secret, and known only when the key was just made."""

    id: str
    name: str
    enabled: bool
    created_at: datetime
    value: str | None = field(default=None, repr=False)


def create(session: boto3.Session, settings: StageSettings, name: str) -> ApiKey:
    """Make a key for a client, and return it with its value.

    Raises:
        ApiKeyRefused: the name is not 1 to 100 of `[A-Za-z0-9_.-]`, or taken; or the stage is called without
            keys, or not deployed.
        AwsUnavailable: AWS cannot be reached, or refuses a call.
    """
    if not _NAME.fullmatch(name):
        raise ApiKeyRefused("a key's name is 1 to 100 of A-Z a-z 0-9 _ . -")
    plan = _usage_plan(session, settings)
    with aws_errors(f"making a key for {settings.stack_name}"):
        gateway: APIGatewayClient = session.client("apigateway")
        if any(key.name == name for key in _keys(gateway, settings)):
            raise ApiKeyRefused(
                f"{settings.stack_name} has a key named {name}; revoke it first, or take another name"
            )
        made = gateway.create_api_key(name=_full(settings, name), enabled=True)
        try:
            gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
        except BaseException:
            # A key that opens nothing would stand in the way of the next of this name.
            gateway.delete_api_key(apiKey=made["id"])
            raise
    return ApiKey(id=made["id"], name=name, enabled=True, created_at=made["createdDate"], value=made["value"])


def keys(session: boto3.Session, settings: StageSettings) -> list[ApiKey]:
    """All keys of a stage, by their names, without their values. Raises AwsUnavailable."""
    with aws_errors(f"listing the keys of {settings.stack_name}"):
        return sorted(_keys(session.client("apigateway"), settings), key=lambda key: key.name)


def revoke(session: boto3.Session, settings: StageSettings, name: str) -> ApiKey:
    """Delete a client's key: what it opened is closed to it. Returns the key.

    Raises:
        ApiKeyRefused: no key of the stage has that name.
        AwsUnavailable: AWS cannot be reached, or refuses a call.
    """
    with aws_errors(f"revoking a key of {settings.stack_name}"):
        gateway: APIGatewayClient = session.client("apigateway")
        found = next((key for key in _keys(gateway, settings) if key.name == name), None)
        if found is None:
            raise ApiKeyRefused(f"{settings.stack_name} has no key named {name}")
        gateway.delete_api_key(apiKey=found.id)
    return found


def _keys(gateway: "APIGatewayClient", settings: StageSettings) -> Iterator[ApiKey]:
    prefix = _full(settings, "")
    pages = gateway.get_paginator("get_api_keys").paginate(nameQuery=prefix, includeValues=False)
    for page in pages:
        for key in page["items"]:
            # The query is a prefix on AWS (GetApiKeys), and passed over by LocalStack 4.14.0.
            if key["name"].startswith(prefix):
                yield ApiKey(
                    id=key["id"],
                    name=key["name"].removeprefix(prefix),
                    enabled=key["enabled"],
                    created_at=key["createdDate"],
                )


def _usage_plan(session: boto3.Session, settings: StageSettings) -> str:
    if settings.authentication != "api-key":
        raise ApiKeyRefused(f"stage {settings.name} is called without API keys")
    with aws_errors(f"looking for the usage plan of {settings.stack_name}"):
        try:
            found = session.client("cloudformation").describe_stack_resource(
                StackName=settings.stack_name, LogicalResourceId=USAGE_PLAN
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                raise ApiKeyRefused(
                    f"{settings.stack_name} is not deployed, or has no usage plan yet"
                ) from error
            raise
    return found["StackResourceDetail"]["PhysicalResourceId"]


def _full(settings: StageSettings, name: str) -> str:
    return f"{settings.stack_name}:{name}"
