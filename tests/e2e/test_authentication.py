"""Authentication by API keys: refusal without a key, limits by usage plan, and secrecy of keys."""

import json
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from faultline.client.api import Answer, ApiClient
from faultline.operations import api_keys
from faultline.operations.api_keys import ApiKey
from faultline.operations.errors import ApiKeyRefused
from infra.api.openapi import document, resolvers
from infra.api.usage_plan import USAGE_PLAN
from lambdas.http.security_headers import SECURITY_HEADERS
from sandbox.process import lifecycle
from tests.e2e.logs import log_groups, log_lines
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually

if TYPE_CHECKING:
    from types_boto3_apigateway.type_defs import ApiStageTypeDef


@pytest.fixture
def key(stack: Stack) -> Iterator[ApiKey]:
    """Create a client's key for a single test."""
    made = api_keys.create(stack.session, stack.settings, fresh("client"))
    yield made
    if any(each.name == made.name for each in api_keys.keys(stack.session, stack.settings)):
        api_keys.revoke(stack.session, stack.settings, made.name)


def called_with(stack: Stack, key: str) -> ApiClient:
    return ApiClient(stack.outputs.api_url, key)


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.body["type"]) == (403, "urn:faultline:problem:invalid-api-key")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["requestId"]
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value


def operations() -> list[tuple[str, str]]:
    """Return the method and an example path of each operation in the OpenAPI document."""
    paths = document(resolvers())["paths"]
    return [(method.upper(), re.sub(r"{\w+}", "some", path)) for path in paths for method in paths[path]]


def test_without_a_key_nothing_is_answered(stack: Stack) -> None:
    """Each operation refuses a missing, an unknown and an empty key with a 403."""
    called = operations()
    assert len(called) > 10
    for method, path in called:
        for client in (
            ApiClient(stack.outputs.api_url),
            called_with(stack, "x" * 40),
            called_with(stack, ""),
        ):
            assert_refused(client.call(method, path, json={"payload": {}}))


def test_a_key_opens_until_it_is_revoked(stack: Stack, key: ApiKey) -> None:
    """A key works until it is revoked; lists show its unique name, never its value."""
    client = called_with(stack, str(key.value))
    assert eventually(lambda: client.tasks().ok, what="the key opens")
    assert key.name in {each.name for each in api_keys.keys(stack.session, stack.settings)}
    assert {each.value for each in api_keys.keys(stack.session, stack.settings)} == {None}
    with pytest.raises(ApiKeyRefused, match="revoke it first"):
        api_keys.create(stack.session, stack.settings, key.name)
    api_keys.revoke(stack.session, stack.settings, key.name)
    eventually(lambda: client.tasks().status == 403, what="the key opens no longer")
    with pytest.raises(ApiKeyRefused, match="no key named"):
        api_keys.revoke(stack.session, stack.settings, key.name)


def test_a_key_outside_of_the_usage_plan_opens_nothing(stack: Stack, key: ApiKey) -> None:
    """A key that is not in the stage's usage plan, such as one of a deleted stage, is refused, and marked."""
    client = called_with(stack, str(key.value))
    assert eventually(lambda: client.tasks().ok, what="the key opens")
    plan = stack.session.client("cloudformation").describe_stack_resource(
        StackName=stack.settings.stack_name, LogicalResourceId=USAGE_PLAN
    )["StackResourceDetail"]["PhysicalResourceId"]
    stack.session.client("apigateway").delete_usage_plan_key(usagePlanId=plan, keyId=key.id)
    eventually(lambda: client.tasks().status == 403, what="the key opens no longer")

    [listed] = [each for each in api_keys.keys(stack.session, stack.settings) if each.id == key.id]
    assert (listed.enabled, listed.valid) == (True, False)
    with pytest.raises(ApiKeyRefused, match=f"{key.name} is no longer valid; revoke it"):
        api_keys.create(stack.session, stack.settings, key.name)


def test_a_page_may_ask_whether_it_may_call_without_a_key(stack: Stack) -> None:
    """A preflight is answered without a key, and allows the key's header."""
    asked = requests.options(
        f"{stack.outputs.api_url}/tasks",
        headers={"Origin": "https://a.example", "Access-Control-Request-Headers": "x-api-key"},
        timeout=30,
    )
    assert asked.status_code == 204
    assert "x-api-key" in asked.headers["Access-Control-Allow-Headers"]
    assert asked.headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def narrow(stack: Stack) -> Iterator[tuple[ApiClient, float, int]]:
    """Provide a client limited to 5 requests a second with a burst of 5, and these limits."""
    gateway = stack.session.client("apigateway")
    rate, burst, name = 5.0, 5, fresh("narrow")
    api_id = stack.session.client("cloudformation").describe_stack_resource(
        StackName=stack.settings.stack_name, LogicalResourceId="Api"
    )["StackResourceDetail"]["PhysicalResourceId"]
    api_stage: ApiStageTypeDef = {"apiId": api_id, "stage": stack.settings.name}
    plan = gateway.create_usage_plan(
        name=name, apiStages=[api_stage], throttle={"rateLimit": rate, "burstLimit": burst}
    )["id"]
    key = gateway.create_api_key(name=name, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    yield called_with(stack, key["value"]), rate, burst
    gateway.delete_api_key(apiKey=key["id"])
    at = f"{api_id}:{stack.settings.name}"
    gateway.update_usage_plan(
        usagePlanId=plan, patchOperations=[{"op": "remove", "path": "/apiStages", "value": at}]
    )
    gateway.delete_usage_plan(usagePlanId=plan)


def test_a_client_at_ten_times_its_rate_is_held_back_and_loses_nothing(
    stack: Stack, narrow: tuple[ApiClient, float, int]
) -> None:
    """A client beyond its plan's rate gets a 429 with Retry-After, and loses no accepted task."""
    client, rate, burst = narrow
    seconds = 4
    began = time.monotonic()

    def submit(number: int) -> Answer:
        threading.Event().wait(max(0.0, began + number / (10 * rate) - time.monotonic()))
        return client.submit({"payload": {"number": number}, "simulate": {}})

    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(submit, range(int(10 * rate * seconds))))
    took = time.monotonic() - began
    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() == {202, 429}
    assert statuses[202] <= burst + rate * took + 1
    for refused in (answer for answer in answers if answer.status == 429):
        assert refused.body["type"] == "urn:faultline:problem:too-many-requests"
        assert int(refused.headers["Retry-After"]) >= 1
    accepted = [answer.body["taskId"] for answer in answers if answer.status == 202]
    assert {stack.ended(task_id)["status"] for task_id in accepted} == {"SUCCEEDED"}


def test_keys_are_in_no_log_and_no_output(stack: Stack, key: ApiKey) -> None:
    """A key is neither logged nor shown in the stack's description, events or template."""
    since, value = datetime.now(UTC) - timedelta(minutes=1), str(key.value)
    client = called_with(stack, value)
    good = client.submit({"payload": {}, "simulate": {}})
    correlated = good.headers["X-Correlation-Id"]
    assert client.submit({"payload": {"url": value}, "taskId": f"{value} and more"}).status == 400

    def lines() -> list[str]:
        return [line for group in log_groups(stack) for line in log_lines(stack, group, since)]

    eventually(lambda: any(correlated in line for line in lines()), what="its log is there")
    assert [line for line in lines() if value in line] == []
    stacks = stack.session.client("cloudformation")
    described = stacks.describe_stacks(StackName=stack.settings.stack_name)
    events = stacks.describe_stack_events(StackName=stack.settings.stack_name)
    template = stacks.get_template(StackName=stack.settings.stack_name)
    assert value not in json.dumps([described, events, template], default=str)
    port = os.environ["AWS_ENDPOINT_URL"].rpartition(":")[2].strip("/")
    if sandbox := lifecycle.find(int(port) if port.isdigit() else 0):
        assert value not in sandbox.log_file.read_text()
