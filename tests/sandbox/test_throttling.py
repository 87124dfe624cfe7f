"""Throttling by API Gateway, per method of a stage and per API key of a usage plan.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.process.state_file import Sandbox
from tests.eventually import eventually

STAGE = "test"
BURST = 5
METHOD: dict[str, Any] = {
    "responses": {"200": {"description": "done"}},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    },
}
KEYED = METHOD | {"security": [{"key": []}]}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "throttling", "version": "1"},
    "paths": {"/pets": {"get": METHOD, "post": METHOD}, "/owners": {"get": KEYED, "post": KEYED}},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}},
}


class Api:
    """A deployed API and calls to it."""

    def __init__(self, gateway: Any, endpoint: str) -> None:
        self.gateway = gateway
        self.id = gateway.import_rest_api(body=json.dumps(DOCUMENT))["id"]
        gateway.create_deployment(restApiId=self.id, stageName=STAGE)
        self._url = f"{endpoint}/_aws/execute-api/{self.id}/{STAGE}"

    def set(self, **settings: str) -> None:
        """Set the stage's settings, each by its path."""
        patches = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
        self.gateway.update_stage(restApiId=self.id, stageName=STAGE, patchOperations=patches)

    def call(self, method: str, path: str, key: str | None = None) -> requests.Response:
        headers = {"x-api-key": key} if key else {}
        return requests.request(method, self._url + path, headers=headers, json={}, timeout=60)

    def statuses(self, count: int, *call: str) -> Counter[int]:
        """Make simultaneous calls, and return the number of answers by status."""
        with ThreadPoolExecutor(8) as clients:
            return Counter(clients.map(lambda _: self.call(*call).status_code, range(count)))


@pytest.fixture
def api(client: Callable[[str], Any], sandbox: Sandbox) -> Iterator[Api]:
    made = Api(client("apigateway"), sandbox.endpoint_url)
    yield made
    made.gateway.delete_rest_api(restApiId=made.id)


def limit(at: str, rate: float = 0.001) -> dict[str, str]:
    """Return settings that allow BURST requests at once, and then `rate` per second."""
    return {f"{at}/throttling/burstLimit": str(BURST), f"{at}/throttling/rateLimit": str(rate)}


def test_a_stages_limit_is_each_methods_own(api: Api) -> None:
    """A burst is answered, and further calls get AWS's 429; another method has its own limit."""
    api.set(**limit("/*/*"))
    assert api.statuses(20, "GET", "/pets") == {200: BURST, 429: 20 - BURST}
    refused = api.call("GET", "/pets")
    assert (refused.status_code, refused.json()) == (429, {"message": "Too Many Requests"})
    assert refused.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert api.call("POST", "/pets").status_code == 200


def test_a_methods_own_limit_goes_before_that_of_all(api: Api) -> None:
    """A method's settings override those for `*/*`."""
    api.set(**limit("/*/*"), **{"/~1pets/GET/throttling/burstLimit": "20"})
    assert api.statuses(15, "GET", "/pets") == {200: 15}
    assert api.statuses(15, "POST", "/pets")[429] == 15 - BURST


def test_time_gives_new_tokens(api: Api) -> None:
    """A throttled client's requests are answered again a moment later."""
    api.set(**limit("/*/*", rate=1))
    assert api.statuses(30, "GET", "/pets")[429] > 0
    eventually(lambda: api.call("GET", "/pets").status_code == 200, every=0.1)


def test_a_key_has_its_plans_limit(api: Api) -> None:
    """Each API key has its plan's limit, separately from the plan's other keys."""
    plan = api.gateway.create_usage_plan(
        name="limited",
        apiStages=[{"apiId": api.id, "stage": STAGE}],
        throttle={"rateLimit": 0.001, "burstLimit": BURST},
    )["id"]
    greedy, modest = (key(api, plan, name) for name in ("greedy", "modest"))
    assert api.statuses(20, "GET", "/owners", greedy) == {200: BURST, 429: 20 - BURST}
    assert api.call("GET", "/owners", modest).status_code == 200
    assert api.call("GET", "/owners").status_code == 403


def test_a_method_may_have_a_limit_of_its_own_in_a_plan(api: Api) -> None:
    """A plan's limit for a method overrides the plan's own limit."""
    own = {"rateLimit": 0.001, "burstLimit": 1}
    plan = api.gateway.create_usage_plan(
        name="by method",
        apiStages=[{"apiId": api.id, "stage": STAGE, "throttle": {"/owners/POST": own}}],
        throttle={"rateLimit": 0.001, "burstLimit": BURST},
    )["id"]
    value = key(api, plan, "client")
    assert api.statuses(4, "POST", "/owners", value) == {200: 1, 429: 3}
    assert api.statuses(BURST, "GET", "/owners", value) == {200: BURST}


def test_a_key_has_its_plans_quota(api: Api) -> None:
    """A key that has used up its plan's quota gets a 429 that says so."""
    plan = api.gateway.create_usage_plan(
        name="few", apiStages=[{"apiId": api.id, "stage": STAGE}], quota={"limit": 3, "period": "MONTH"}
    )["id"]
    value = key(api, plan, "client")
    assert api.statuses(5, "GET", "/owners", value) == {200: 3, 429: 2}
    assert api.call("GET", "/owners", value).json() == {"message": "Limit Exceeded"}


def test_a_deleted_key_opens_nothing(api: Api) -> None:
    """A deleted key is refused like an unknown one, and its plan keeps its other keys."""
    plan = api.gateway.create_usage_plan(name="all", apiStages=[{"apiId": api.id, "stage": STAGE}])["id"]
    kept, deleted = (key(api, plan, name) for name in ("kept", "deleted"))
    [found] = api.gateway.get_api_keys(nameQuery="deleted")["items"]
    api.gateway.delete_api_key(apiKey=found["id"])
    assert api.call("GET", "/owners", deleted).status_code == 403
    assert api.call("GET", "/owners", kept).status_code == 200
    assert [each["name"] for each in api.gateway.get_usage_plan_keys(usagePlanId=plan)["items"]] == ["kept"]


def key(api: Api, plan: str, name: str) -> str:
    """Make an API key of a plan; return its value."""
    made = api.gateway.create_api_key(name=name, enabled=True)
    api.gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    return str(made["value"])
