"""The AWS calls of a stage's deployment, update and deletion in a sandbox of their own.

LocalStack's log has each call with its parameters, both those that the deployment makes itself and
those that CloudFormation makes for it.
"""

import ast
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from infra.api.openapi import resolvers
from infra.deploy import deployment
from infra.deploy.account_region import AccountRegion
from infra.deploy.deployment import deploy
from infra.deploy.packaging import Artifact
from infra.deploy.permissions_boundary import permissions_boundary
from infra.stage_names import STACK_TAG
from infra.stages import stage
from sandbox.process import lifecycle
from sandbox.services.iam.permissions.calls import Call
from tests.sandbox.deploy.conftest import EMPTY_ZIP, saved
from tests.sandbox.waiting import wait_for_stack

BOUNDARY = "faultline-test-boundary"
SETTINGS = dataclasses.replace(
    stage("test"), retain_data=False, termination_protection=False, permissions_boundary=BOUNDARY
)
ACCOUNT, REGION = "000000000000", "us-east-1"
HERE = AccountRegion(account=ACCOUNT, region=REGION, partition="aws")
BOUNDARY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/{BOUNDARY}"
LINE = re.compile(
    r"l(?:ocalstack)?\.request\.(?P<internal>internal\.)?aws +: "
    r"AWS (?P<service>[\w-]+)\.(?P<operation>\w+) => 2\d\d; "
    r"\S+; \w+\((?P<input>\{.*?\})(?:, headers=|\); )"
)
IDS = re.compile(r"'(restApiId|usagePlanId|KeyId)': '([^']+)'")
NOT_THE_DEPLOYERS = {
    # Calls that LocalStack's services make themselves, on AWS with their own identities: Lambda assumes a
    # function's role, alarms are evaluated and notify their topic, and events are put on a bus.
    *(("sts", "AssumeRole"), ("cloudwatch", "SetAlarmState"), ("sns", "Publish"), ("events", "PutEvents")),
    # Every identity may call this.
    ("sts", "GetCallerIdentity"),
    # LocalStack's CloudFormation enables keys and reads one parameter; AWS's waits for keys and reads many.
    *(("kms", "EnableKey"), ("ssm", "GetParameter")),
}


class Made(NamedTuple):
    """A call, and whether CloudFormation made it."""

    call: Call
    via_cloudformation: bool


class Observed(NamedTuple):
    """The calls of a deployment, an update and a deletion.

    Attributes:
        tags: The value of the stack's tag on each KMS key, API and usage plan, by resource id.
        boundaries: The permissions boundary of each role, by its name.
        policies: The statements of each role, by its name.
    """

    made: list[Made]
    tags: dict[str, str]
    boundaries: dict[str, str]
    policies: dict[str, list[dict[str, Any]]]


def observe(folder: Path) -> Observed:
    """Deploy, update in two steps and delete the stage, and return the observed calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LS_LOG", "trace-internal")
        sandbox = lifecycle.start(port=0)
        patch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
        try:
            session = boto3.Session("test", "test", region_name=REGION)
            artifact = Artifact(path=_empty_zip(folder), sha256="0" * 64)
            # An administrator does this before the first deployment.
            session.client("iam").create_policy(
                PolicyName=BOUNDARY, PolicyDocument=json.dumps(permissions_boundary(SETTINGS, HERE))
            )
            before = len(sandbox.log_file.read_text())
            deploy(session, SETTINGS, artifact, resolvers())
            changed = dataclasses.replace(SETTINGS, memory_mb=1024, visibility_timeout_seconds=190)
            # LocalStack cannot change a table's indexes, so an update in two steps has none to change.
            patch.setattr(deployment, "index_steps", lambda deployed, whole: (deployed, whole))
            deploy(session, changed, artifact, resolvers())
            done = len(sandbox.log_file.read_text())
            tags, boundaries, policies = _tags(session), *_roles(session)
            end = len(sandbox.log_file.read_text())
            session.client("cloudformation").delete_stack(StackName=SETTINGS.stack_name)
            wait_for_stack(session.client("cloudformation"), SETTINGS.stack_name, "delete")
            log = sandbox.log_file.read_text()
        finally:
            lifecycle.stop(sandbox.port)
    return Observed([*_calls(log[before:done]), *_calls(log[end:])], tags, boundaries, policies)


def _tags(session: boto3.Session) -> dict[str, str]:
    keys, gateway = session.client("kms"), session.client("apigateway")
    found: dict[str, dict[str, str]] = {
        each["KeyId"]: {
            tag["TagKey"]: tag["TagValue"] for tag in keys.list_resource_tags(KeyId=each["KeyId"])["Tags"]
        }
        for each in keys.list_keys()["Keys"]
    }
    for each in (*gateway.get_rest_apis()["items"], *gateway.get_usage_plans()["items"]):
        found[each["id"]] = each["tags"]
    return {id: tags.get(STACK_TAG, "") for id, tags in found.items()}


def _roles(session: boto3.Session) -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    iam = session.client("iam")
    boundaries: dict[str, str] = {}
    policies: dict[str, Any] = {}
    for each in iam.list_roles()["Roles"]:
        if (name := each["RoleName"]).startswith(SETTINGS.stack_name):
            role = iam.get_role(RoleName=name)["Role"]
            boundaries[name] = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
            found = iam.get_role_policy(RoleName=name, PolicyName="own-actions")["PolicyDocument"]
            policies[name] = found["Statement"]
    return boundaries, policies


def _empty_zip(folder: Path) -> Path:
    return saved(folder, EMPTY_ZIP).path


def _calls(log: str) -> Iterator[Made]:
    for found in LINE.finditer(log):
        try:
            parameters = ast.literal_eval(found["input"])
        except (SyntaxError, ValueError):
            parameters = dict(IDS.findall(found["input"]))  # of requests with a body
        call = Call(
            service=found["service"],
            operation=found["operation"],
            parameters=parameters,
            region=REGION,
            account=ACCOUNT,
        )
        # LocalStack's Lambda keeps code in a bucket, AWS's in a hidden place.
        own = str(parameters.get("Bucket", "")).startswith("awslambda-")
        if not own and (call.service, call.operation) not in NOT_THE_DEPLOYERS:
            yield Made(call, bool(found["internal"]))
