"""Deployments of the real template to a real LocalStack.

Most tests have a stage of their own, so that they do not disturb each other. Tests of updates
share a stage, which each of them first brings into a known state.
"""

import dataclasses
import io
import json
import threading
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from faultline.client.api import ApiClient
from infra.api.authentication import KeyLimits
from infra.api.openapi import resolvers
from infra.deploy.artifact_bucket import artifact_bucket
from infra.deploy.change_set import TemplateSource, prepare
from infra.deploy.deployment import deploy
from infra.deploy.outputs import Outputs, outputs
from infra.deploy.packaging import Artifact
from infra.deploy.stack_deletion import describe_stack
from infra.deploy.stack_events import ResourceEvent
from infra.errors import DeploymentFailed, DeploymentInProgress, KindsMissing
from infra.stack.functions import FUNCTIONS as FUNCTION_NAMES
from infra.stages import StageSettings, stage
from lambdas.work.kinds import BUILT_IN
from lambdas.work.registry import Payload, Registry, WorkContext, kind
from tests.e2e.stack import with_new_key
from tests.eventually import DEADLINE_SECONDS, eventually
from tests.sandbox.deploy.conftest import MakeArtifact, saved

FUNCTIONS = {
    f"{name}Function" for name in ("SubmitTask", "ManageTasks", "ProcessTask", "MonitorDlq", "ReleaseTasks")
}


def named(name: str, like: str = "staging", *, retain_data: bool = False, **changes: Any) -> StageSettings:
    """Return a stage, by default without a protected table, so that one change set is enough to create it."""
    return dataclasses.replace(stage(like), name=name, retain_data=retain_data, **changes)


def deployed(
    session: boto3.Session, settings: StageSettings, artifact: Artifact
) -> tuple[Outputs, list[ResourceEvent]]:
    events: list[ResourceEvent] = []
    found = deploy(session, settings, artifact, resolvers(), progress=events.append)
    return found, events


def test_a_deployment_changes_only_what_is_new(session: boto3.Session, artifact: MakeArtifact) -> None:
    """A second deployment of an artifact changes nothing, and one with other code only the functions."""
    settings = named("dev", "dev", retain_data=True)
    s3, bucket = session.client("s3"), "faultline-dev-artifacts-000000000000-us-east-1"

    first, events = deployed(session, settings, artifact("a"))
    sent = s3.list_objects_v2(Bucket=bucket)["Contents"]
    again, none = deployed(session, settings, artifact("a"))

    assert {event.logical_id for event in events} >= {*FUNCTIONS, "TaskTable", "Api", "ApiStage"}
    assert none == []
    assert first == again == outputs(session, settings)
    assert s3.list_objects_v2(Bucket=bucket)["Contents"] == sent
    # The template exceeds CloudFormation's limit for inline templates; the first has no protected table.
    assert [each["Key"].partition("/")[0] for each in sent] == ["functions", "templates", "templates"]
    described = session.client("dynamodb").describe_table(TableName=settings.task_table_name)["Table"]
    assert described["DeletionProtectionEnabled"]

    assert settings.failure_rate_parameter
    before = configuration(session, settings)
    ssm = session.client("ssm")
    ssm.put_parameter(Name=settings.failure_rate_parameter, Value="0.9", Overwrite=True)
    _, events = deployed(session, settings, artifact("b"))
    after = configuration(session, settings)
    versions = {event.logical_id for event in events if event.resource_type == "AWS::Lambda::Version"}
    changed = {event.logical_id for event in events} - versions
    assert changed == FUNCTIONS | {f"{function}Live" for function in FUNCTIONS}
    assert before.pop("CodeSha256") != after.pop("CodeSha256")
    assert before == after
    # An operator's setting is kept.
    rate = ssm.get_parameter(Name=settings.failure_rate_parameter)["Parameter"]
    assert rate["Value"] == "0.9"


def configuration(session: boto3.Session, settings: StageSettings) -> dict[str, Any]:
    """Return a function's configuration without the fields that every update changes."""
    function = session.client("lambda").get_function(FunctionName=settings.function_name("process_task"))
    moving = {"LastModified", "RevisionId", "CodeSize"}
    return {key: value for key, value in function["Configuration"].items() if key not in moving}


def test_artifacts_are_private(session: boto3.Session) -> None:
    s3, bucket = session.client("s3"), artifact_bucket(session, named("private")).name

    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


HANDLER = """
import json, os

def handler(event, context):
    found = ["{text}", os.environ["POWERTOOLS_LOG_LEVEL"]]
    return {{"statusCode": 200, "headers": {{}}, "body": json.dumps({{"tasks": found}})}}
"""


def test_new_code_never_meets_the_old_environment(session: boto3.Session, tmp_path: Path) -> None:
    """During a deployment, each answer comes either from the old code and settings or from the new ones."""

    def artifact(text: str) -> Artifact:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as zipped:
            for name in FUNCTION_NAMES:
                zipped.writestr(f"lambdas/{name}/handler.py", HANDLER.format(text=text))
        return saved(tmp_path, content.getvalue())

    unlimited = KeyLimits(rate=10_000, burst=10_000, per_day=10_000_000)
    settings = named("swapped", key_limits=unlimited, throttle_rate=10_000, throttle_burst=5_000)
    found, _ = deployed(session, settings, artifact("old"))
    client = ApiClient(found.api_url, with_new_key(session, settings))
    seen, ended = list[list[str]](), threading.Event()

    def ask() -> None:
        while not ended.wait(0.02):  # a fifth of the time that LocalStack takes to update a function
            seen.append(client.tasks().body["tasks"])

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        deployed(session, dataclasses.replace(settings, log_level="DEBUG"), artifact("new"))
        eventually(lambda: seen[-1][0] == "new")
    finally:
        ended.set()
        asking.join()

    assert {tuple(each) for each in seen} == {("old", "INFO"), ("new", "DEBUG")}


def test_limits_of_keys_may_be_changed(session: boto3.Session, artifact: MakeArtifact) -> None:
    settings = named("updated")
    found, _ = deployed(session, settings, artifact("a"))
    client = ApiClient(found.api_url, with_new_key(session, settings))
    # These functions are empty: they fail, which shows that they were called.
    assert {client.tasks().status for _ in range(4)} == {502}

    few = dataclasses.replace(settings, key_limits=KeyLimits(rate=100, burst=100, per_day=2))
    deployed(session, few, artifact("a"))

    assert [client.tasks().status for _ in range(4)][-1] == 429


def test_a_kind_is_removed_only_on_request(session: boto3.Session, artifact: MakeArtifact) -> None:
    """A deployment that would remove a kind is refused; once it is removed, the next needs no permission."""

    @kind("greet", timeout=1)
    def greet(payload: Payload, context: WorkContext) -> None: ...

    settings, fewer = named("updated"), artifact("b")
    more = dataclasses.replace(artifact("a"), kinds=Registry([*BUILT_IN, greet]))
    deploy(session, settings, more, resolvers(), remove_kinds=True)
    with pytest.raises(KindsMissing, match="faultline-updated would lose the kinds of work greet: "):
        deployed(session, settings, fewer)
    deploy(session, settings, fewer, resolvers(), remove_kinds=True)
    deployed(session, settings, fewer)


def test_failed_first_deployment_says_why_and_the_next_starts_anew(
    session: boto3.Session, artifact: MakeArtifact, broken_artifact: Artifact
) -> None:
    settings = named("recovers", retain_data=True)
    with pytest.raises(DeploymentFailed, match="faultline-recovers could not be deployed") as failed:
        deployed(session, settings, broken_artifact)

    [failure] = failed.value.failures
    assert failure.logical_id in FUNCTIONS
    assert failure.resource_type == "AWS::Lambda::Function"
    assert "Could not unzip uploaded file" in failure.reason

    notices: list[str] = []
    found = deploy(session, settings, artifact("a"), resolvers(), notice=notices.append)
    assert [notice.partition(":")[0] for notice in notices] == ["faultline-recovers is ROLLBACK_COMPLETE"]
    assert found == outputs(session, settings)


def test_failed_update_says_why_and_keeps_the_stack(
    session: boto3.Session, artifact: MakeArtifact, broken_artifact: Artifact
) -> None:
    settings = named("updated")
    found, _ = deployed(session, settings, artifact("b"))

    with pytest.raises(DeploymentFailed, match="AWS::Lambda::Function"):
        deployed(session, settings, broken_artifact)
    [stack] = session.client("cloudformation").describe_stacks(StackName=settings.stack_name)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert outputs(session, settings) == found

    deployed(session, settings, artifact("a"))
    assert outputs(session, settings) == found


def test_more_provisioned_concurrency_than_the_account_has_is_refused_at_once(
    session: boto3.Session, artifact: MakeArtifact
) -> None:
    """What Lambda would refuse is refused before there is a stack; fewer environments are provisioned."""
    settings = named("greedy", provisioned_concurrency={"submit_task": 995})
    with pytest.raises(DeploymentFailed, match="would refuse 995 more provisioned environments") as refused:
        deployed(session, settings, artifact("a"))
    assert "\n" not in str(refused.value)
    assert describe_stack(session.client("cloudformation"), settings.stack_name) is None

    few = dataclasses.replace(settings, provisioned_concurrency={"submit_task": 1})
    notices: list[str] = []
    deploy(session, few, artifact("a"), resolvers(), notice=notices.append)
    assert notices == []


def test_a_deployment_that_was_interrupted_before_it_began_is_taken_up_once(
    session: boto3.Session, artifact: MakeArtifact
) -> None:
    """The next deployment creates the stack, and one at the same time is refused."""
    settings = named("interrupted")
    template = TemplateSource(body='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    prepare(session.client("cloudformation"), settings.stack_name, template, "CREATE")
    started, finish = threading.Event(), threading.Event()

    def hold(_: ResourceEvent) -> None:
        started.set()
        finish.wait(DEADLINE_SECONDS)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(deploy, session, settings, artifact("a"), resolvers(), progress=hold)
        try:
            assert started.wait(DEADLINE_SECONDS)
            with pytest.raises(DeploymentInProgress, match="another deployment of faultline-interrupted"):
                deployed(session, settings, artifact("a"))
        finally:
            finish.set()

    assert first.result() == outputs(session, settings)


def test_preflight_allows_known_origins_without_a_function(
    session: boto3.Session, artifact: MakeArtifact
) -> None:
    origins = ("https://a.example", "https://b.example")
    found, _ = deployed(session, named("updated", cors_origins=origins), artifact("a"))

    def allowed(origin: str) -> str | None:
        request = urllib.request.Request(  # our own server
            f"{found.api_url}/tasks", method="OPTIONS", headers={"Origin": origin}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Methods"] == "GET,POST"
            return str(response.headers.get("Access-Control-Allow-Origin"))

    assert allowed("https://a.example") == "https://a.example"
    assert allowed("https://b.example") == "https://b.example"
    assert allowed("https://c.example") == "None"


def test_large_template_goes_through_the_bucket(session: boto3.Session) -> None:
    settings = named("large")
    body = json.dumps({"Description": "x", "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})

    url = artifact_bucket(session, settings).put_text(body, "templates/large.json")
    client = session.client("cloudformation")
    change_set = prepare(client, settings.stack_name, TemplateSource(url=url), "CREATE")

    assert change_set
    events: list[ResourceEvent] = []
    change_set.execute(events.append)
    assert [(event.logical_id, event.status) for event in events] == [
        ("Topic", "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_COMPLETE"),
    ]
