"""All that a deployment does is allowed by its policy; what CloudFormation does for it, only so.

What is done is read from LocalStack's log, which has each call with its parameters: those of the deployment,
and those that CloudFormation makes for it. Resources are compared as far as `iam.permissions` knows.
"""

import ast
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from infra.api.openapi import resolvers
from infra.deploy.deployer_policy import Place, deployment_policies
from infra.deploy.deployment import deploy
from infra.deploy.packaging import Artifact
from infra.stages import stage
from sandbox.process import lifecycle
from sandbox.services.iam.permissions.calls import Call, needs
from tests.sandbox.deploy.conftest import saved
from tests.sandbox.deploy.verdicts import Judge, judging
from tests.sandbox.waiting import wait_for_stack

SETTINGS = dataclasses.replace(stage("test"), retain_data=False, termination_protection=False)
ACCOUNT, REGION = "000000000000", "us-east-1"
LINE = re.compile(
    r"l(?:ocalstack)?\.request\.(?P<internal>internal\.)?aws +: "
    r"AWS (?P<service>[\w-]+)\.(?P<operation>\w+) => 2\d\d; "
    r"\S+; \w+\((?P<input>\{.*?\})(?:, headers=|\); )"
)
NOT_THE_DEPLOYERS = {
    # What LocalStack's services do of themselves, on AWS with identities of their own: Lambda takes a
    # function's role, alarms are evaluated and tell their topic, and events are put on a bus.
    *(("sts", "AssumeRole"), ("cloudwatch", "SetAlarmState"), ("sns", "Publish"), ("events", "PutEvents")),
    # Everybody may ask who they are.
    ("sts", "GetCallerIdentity"),
    # AWS's CloudFormation waits for keys, LocalStack's turns them on; it reads a parameter, AWS's several.
    *(("kms", "EnableKey"), ("ssm", "GetParameter")),
}


class Made(NamedTuple):
    """A call, and whether CloudFormation made it."""

    call: Call
    via_cloudformation: bool


@pytest.fixture(scope="module")
def made(state_home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    """What is called while a stage is deployed, updated and deleted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LS_LOG", "trace-internal")
        sandbox = lifecycle.start(port=0)
        patch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
        try:
            session = boto3.Session("test", "test", region_name=REGION)
            artifact = Artifact(path=_empty_zip(tmp_path_factory.mktemp("artifact")), sha256="0" * 64)
            deploy(session, SETTINGS, artifact, resolvers())
            changed = dataclasses.replace(SETTINGS, memory_mb=1024, visibility_timeout_seconds=190)
            deploy(session, changed, artifact, resolvers())
            session.client("cloudformation").delete_stack(StackName=SETTINGS.stack_name)
            wait_for_stack(session.client("cloudformation"), SETTINGS.stack_name, "delete")
            log = sandbox.log_file.read_text()
        finally:
            lifecycle.stop(sandbox.port)
    return list(_calls(log))


def _empty_zip(folder: Path) -> Path:
    return saved(folder, b"PK\x05\x06" + bytes(18)).path


def _calls(log: str) -> Iterator[Made]:
    for found in LINE.finditer(log):
        try:
            parameters = ast.literal_eval(found["input"])
        except (SyntaxError, ValueError):
            parameters = {}
        call = Call(
            service=found["service"],
            operation=found["operation"],
            parameters=parameters,
            region=REGION,
            account=ACCOUNT,
        )
        # LocalStack's Lambda keeps code in a bucket, AWS's where nobody sees it.
        own = str(parameters.get("Bucket", "")).startswith("awslambda-")
        if not own and (call.service, call.operation) not in NOT_THE_DEPLOYERS:
            yield Made(call, bool(found["internal"]))


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judging() as judge:
        yield judge


@pytest.fixture(scope="module")
def allowed(judge: Judge) -> Callable[..., bool]:
    """Whether a deployment may make a call that has some context."""
    place = Place(account=ACCOUNT, region=REGION)
    policies = [json.dumps(each) for each in deployment_policies(SETTINGS, resolvers(), place).values()]
    return lambda call, *context: judge(policies, call, context)


def of_prod(parameters: Any) -> Any:
    return json.loads(json.dumps(parameters, default=str).replace("faultline-test", "faultline-prod"))


def keys(call: Call) -> Iterator[tuple[str, str]]:
    """What the request says of itself, for conditions."""
    if "EventSourceMapping" in call.operation:
        name = call.parameters.get("FunctionName", f"{SETTINGS.stack_name}-process-task")
        yield "lambda:functionarn", name if name.startswith("arn:") else call.arn(f"function:{name}")
    if call.operation == "AttachRolePolicy":
        yield "iam:policyarn", call.parameters["PolicyArn"]


def test_all_that_a_deployment_does_is_allowed(made: list[Made], allowed: Callable[..., bool]) -> None:
    """By itself, and by CloudFormation for it: nothing is missing."""
    done = {(each.call.service, each.call.operation) for each in made}
    # It is a deployment that was seen, of every service, and its end.
    assert {service for service, _ in done} >= {
        *("apigateway", "cloudformation", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda"),
        *("logs", "s3", "sns", "sqs", "ssm"),
    }
    assert {("sqs", "CreateQueue"), ("sqs", "DeleteQueue"), ("dynamodb", "DeleteTable")} <= done
    via = ("aws:calledvia", "cloudformation.amazonaws.com")
    refused = {
        (each.via_cloudformation, each.call.service, each.call.operation, str(each.call.parameters)[:200])
        for each in made
        if not allowed(each.call, *keys(each.call), *([via] if each.via_cloudformation else []))
    }
    assert refused == set()


def test_nobody_may_do_for_themselves_what_cloudformation_does(
    made: list[Made], allowed: Callable[..., bool]
) -> None:
    """Without it the same calls are refused, but for those that a deployment makes itself as well."""
    by_itself = {(each.call.service, each.call.operation) for each in made if not each.via_cloudformation}
    open_to_them = {
        (each.call.service, each.call.operation)
        for each in made
        if each.via_cloudformation and allowed(each.call, *keys(each.call))
    }
    # API Gateway's actions are verbs, without names of what they are for.
    assert {each for each in open_to_them - by_itself if each[0] != "apigateway"} == set()


def test_what_it_has_no_statement_for_is_refused(made: list[Made], allowed: Callable[..., bool]) -> None:
    """Calls of a deployment of another stage, and any that no deployment makes."""
    other = [
        dataclasses.replace(each.call, parameters=of_prod(each.call.parameters))
        for each in made
        if each.call.service in ("dynamodb", "lambda") and needs(each.call)[0].resource
    ]
    via = ("aws:calledvia", "cloudformation.amazonaws.com")
    assert len(other) > 10
    assert not [call for call in other if allowed(call, via)]
    iam = Call(service="iam", operation="CreateUser", parameters={}, region=REGION, account=ACCOUNT)
    assert not allowed(iam, via)
