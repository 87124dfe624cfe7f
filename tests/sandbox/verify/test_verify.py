"""`faultline verify` finds what is broken: in a sandbox of its own, something is broken for each check."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from faultline.client.api import ApiClient
from faultline.operations import target
from faultline.operations.verification.check import Result
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.verify import CHECKS, verify
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.packaging import build, local_platform
from infra.stages import stage
from sandbox.process import lifecycle
from tests.e2e.stack import with_new_key
from tests.eventually import eventually

pytestmark = pytest.mark.xdist_group("verify")  # one sandbox

BY_PROMISE = {check.promise: check for check in CHECKS}


@pytest.fixture(scope="module")
def deployed(state_home: Path) -> Iterator[Deployed]:
    """Stage `test`."""
    settings = stage("test")
    artifact = build(local_platform())
    sandbox = lifecycle.start(port=0)
    try:
        session = target.of_sandbox(sandbox).session
        outputs = deploy(session, settings, artifact, resolvers())
        yield Deployed(
            session=session,
            settings=settings,
            outputs=outputs,
            api=ApiClient(outputs.api_url, with_new_key(session, settings)),
            is_aws=False,
            patience_seconds=30,
        )
    finally:
        lifecycle.stop(sandbox.port)


def result_of(promise: str, deployed: Deployed) -> Result:
    [found] = verify(deployed, [BY_PROMISE[promise]])
    return found


@contextmanager
def an_open_route(at: Deployed) -> Iterator[None]:
    api = at.session.client("apigateway")
    [found] = [each for each in api.get_rest_apis()["items"] if at.settings.stack_name in each["name"]]
    id = found["id"]
    [route] = [each for each in api.get_resources(restApiId=id)["items"] if each["path"] == "/redrives"]

    def required(value: str) -> None:
        operation = {"op": "replace", "path": "/apiKeyRequired", "value": value}
        api.update_method(
            restApiId=id,
            resourceId=route["id"],
            httpMethod="POST",
            patchOperations=[operation],  # type: ignore[list-item]
        )
        api.create_deployment(restApiId=id, stageName=at.settings.name)

    required("false")
    yield
    required("true")


@contextmanager
def no_processing(at: Deployed) -> Iterator[None]:
    functions = at.session.client("lambda")
    sources = functions.list_event_source_mappings(EventSourceArn=_arn(at, at.outputs.task_queue_url))
    id = sources["EventSourceMappings"][0]["UUID"]

    def becomes(state: str) -> None:
        functions.update_event_source_mapping(UUID=id, Enabled=state == "Enabled")
        eventually(lambda: functions.get_event_source_mapping(UUID=id)["State"] == state)

    becomes("Disabled")
    yield
    becomes("Enabled")


@contextmanager
def no_function(at: Deployed, name: str) -> Iterator[None]:
    functions, name = at.session.client("lambda"), at.settings.function_name(name)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield
    functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def roles_with(at: Deployed, effect: str, action: str) -> Iterator[None]:
    functions, iam = at.session.client("lambda"), at.session.client("iam")
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    roles = [
        functions.get_function(FunctionName=at.settings.function_name(name))["Configuration"]["Role"]
        for name in ("submit_task", "process_task", "monitor_dlq")
    ]
    for role in roles:
        iam.put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="broken", PolicyDocument=document)
    yield
    for role in roles:
        iam.delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="broken")


@contextmanager
def no_dashboard(at: Deployed) -> Iterator[None]:
    cloudwatch = at.session.client("cloudwatch")
    name = at.outputs.dashboard_names.split(",")[0]
    body = cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]
    cloudwatch.delete_dashboards(DashboardNames=[name])
    yield
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)


@contextmanager
def no_log_group(at: Deployed) -> Iterator[None]:
    """Whenever a function logs, the group is there again."""
    logs, name, over = at.session.client("logs"), at.settings.log_group_name, Event()

    def delete() -> None:
        while not over.wait(0.02):
            with suppress(logs.exceptions.ResourceNotFoundException):
                logs.delete_log_group(logGroupName=name)

    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(delete)
        yield
        over.set()
        deleting.result()


@contextmanager
def a_silent_alarm(at: Deployed) -> Iterator[None]:
    cloudwatch, names = at.session.client("cloudwatch"), [f"{at.settings.stack_name}-dead-letters"]
    cloudwatch.disable_alarm_actions(AlarmNames=names)
    yield
    cloudwatch.enable_alarm_actions(AlarmNames=names)


@contextmanager
def an_alarm_on(at: Deployed, dimension: str) -> Iterator[None]:
    cloudwatch, name = at.session.client("cloudwatch"), f"{at.settings.stack_name}-broken"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/Any",
        MetricName="Any",
        Dimensions=[{"Name": dimension, "Value": "nothing"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    yield
    cloudwatch.delete_alarms(AlarmNames=[name])


@contextmanager
def a_queue_with(at: Deployed, **attributes: str) -> Iterator[None]:
    queues: Any = at.session.client("sqs")
    url = at.outputs.task_dlq_url
    before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    queues.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    yield
    queues.set_queue_attributes(QueueUrl=url, Attributes={name: before[name] for name in attributes})


def _arn(at: Deployed, url: str) -> str:
    queues = at.session.client("sqs")
    return str(
        queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    )


type Break = Callable[[Deployed], AbstractContextManager[None]]

BREAKS: list[tuple[str, Break, str]] = [
    ("a call without a key is refused on every route", an_open_route, "open to anybody: POST /redrives"),
    ("a task is done", no_processing, "has not become SUCCEEDED"),
    ("a failing task is retried and dead-lettered", no_processing, "has not become DEAD_LETTERED"),
    ("a dead letter is redriven", lambda at: no_function(at, "manage_tasks"), "HTTP 200 was expected"),
    ("a task is cancelled", lambda at: no_function(at, "manage_tasks"), "HTTP 202 was expected"),
    ("tasks of one ordering key run in order", no_processing, "has not become SUCCEEDED"),
    (
        "a task has a trace",
        lambda at: roles_with(at, "Deny", "xray:*"),
        "has not shown the calls of both",
    ),
    ("the dashboards are there", no_dashboard, "there is no faultline-test-"),
    ("every alarm tells the topic", a_silent_alarm, "faultline-test-dead-letters"),
    ("the alarms watch what exists", lambda at: an_alarm_on(at, "ApiName"), "watches the ApiName nothing"),
    (
        "the alarms watch what exists",
        lambda at: an_alarm_on(at, "QueueName"),
        "watches the QueueName nothing",
    ),
    (
        "data is encrypted as the stage says",
        lambda at: a_queue_with(at, KmsMasterKeyId=""),
        "is not encrypted",
    ),
    ("data is kept as the stage says", lambda at: a_queue_with(at, MessageRetentionPeriod="60"), "for 60 s"),
    (
        "no role has an unstated wildcard",
        lambda at: roles_with(at, "Allow", "s3:GetObject"),
        "s3:GetObject",
    ),
    # The last, since the group is not made again with its key and retention.
    ("a failure is in the log", no_log_group, "does not exist|has said nothing of"),
]


@pytest.mark.parametrize(("promise", "broken", "reason"), BREAKS, ids=[each[0] for each in BREAKS])
def test_a_broken_promise_is_found(deployed: Deployed, promise: str, broken: Break, reason: str) -> None:
    """It holds, does not when what it is about is broken, and the reason is told."""
    assert result_of(promise, deployed).holds is True
    with broken(deployed):
        impatient = dataclasses.replace(deployed, patience_seconds=3)
        found = eventually(
            lambda: None if (found := result_of(promise, impatient)).holds else found, what="it is found"
        )
    assert re.search(reason, found.reason)


def test_an_alarm_that_is_not_over_is_found(deployed: Deployed) -> None:
    """It was set off, and is not evaluated again in time. (That it holds, the end-to-end tests show.)"""
    found = result_of("an alarm fires, and is over", dataclasses.replace(deployed, patience_seconds=1))
    assert (found.holds, "was not evaluated again" in found.reason) == (False, True)


def test_a_stage_without_authentication(deployed: Deployed) -> None:
    """In a sandbox it is for trying; on AWS anybody could call it."""
    promise = "a call without a key is refused on every route"
    opened = dataclasses.replace(
        deployed, settings=dataclasses.replace(deployed.settings, authentication="none")
    )
    assert result_of(promise, opened).holds is None
    on_aws: Any = dataclasses.replace(opened, is_aws=True)
    assert result_of(promise, on_aws).holds is False


def test_an_unexpected_failure_is_a_result(deployed: Deployed) -> None:
    """One check does not take the results of the others along."""
    nothing: Any = None
    broken = dataclasses.replace(deployed, outputs=nothing)
    found = verify(
        broken, [BY_PROMISE["the dashboards are there"], BY_PROMISE["every alarm tells the topic"]]
    )
    assert [each.holds for each in found] == [False, False]
    assert all("AttributeError" in each.reason for each in found)
