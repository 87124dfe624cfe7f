"""Conformance of the API to its document, by schemathesis: every operation, alone and in sequences.

All checks of schemathesis apply: no 5xx, no undocumented status, form or media type; valid requests are
accepted, and invalid ones refused.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import GenerationMode
from schemathesis.specs.openapi.stateful import OpenAPIStateMachine

from faultline.client.api import Answer
from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from lambdas.domain.errors import Category
from lambdas.http.authentication import API_KEY_HEADER
from lambdas.work.kinds import KINDS
from tests.closed_document import closed_as_implemented
from tests.e2e import sink as sinks
from tests.e2e.fuzz.conftest import Fuzzed, trying
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack
from tests.e2e.test_schedule import later

ROUNDS = 2
_KINDS = frozenset(kind.name for kind in KINDS)
OPERATIONS = (
    *("POST /tasks", "GET /tasks", "GET /tasks/{taskId}", "DELETE /tasks/{taskId}"),
    *("POST /batches", "GET /batches/{batchId}"),
    *("POST /tasks/{taskId}/run", "POST /tasks/{taskId}/redrive", "POST /redrives", "POST /cancellations"),
    *("GET /kinds", "PUT /kinds/{type}/pause", "DELETE /kinds/{type}/pause", "GET /stats"),
)


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with sinks.running() as running:
        yield running


@pytest.fixture(scope="module")
def document(stack: Stack) -> Any:
    """Return the OpenAPI document for clients as a schemathesis schema that forbids undocumented members."""
    found = schemathesis.openapi.from_dict(
        closed_as_implemented(client_document(stack.settings, resolvers(), stack.outputs.api_url))
    )
    found.config.update(base_url=stack.outputs.api_url)
    # Every request carries the key, so a case must not count as invalid because it lacks it.
    found.config.generation.update(with_security_parameters=False)
    return found


_OF_THE_CONNECTION = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers whose random values a server refuses before it reads the request:
https://www.rfc-editor.org/rfc/rfc9112#section-6.1"""


def tame(case: Any, sink: Sink) -> None:
    """Change cases that would harm other tests, and invalid ones that the document cannot rule out.

    Crashes and hangs would affect other tests' tasks; requested failures and waits, and redrives of all dead
    letters, would take too long. Requests go to the tests' own server. The document cannot exclude times more
    than a year ahead, invented tokens, or invalid names of headers, which other tests cover, nor headers of
    the connection. JSON Schema treats 1.0 as an integer, but the API does not.
    """
    _tame_address(case)
    _tame_headers(case)
    _tame_filter(case)
    body: Any = case.body if isinstance(case.body, dict) else {}
    simulate, payload = body.get("simulate"), body.get("payload")
    if isinstance(simulate, dict):
        _tame_simulation(simulate)
    if isinstance(payload, dict) and str(payload.get("url")).startswith("http"):
        payload["url"] = sink.url
    callback = body.get("callback")
    if isinstance(callback, dict) and str(callback.get("url")).startswith("http"):
        callback["url"] = sink.url
    if isinstance(body.get("tasks"), list):
        for each in body["tasks"]:
            if isinstance(each, dict) and "simulate" in each:
                each["simulate"] = {}
    if case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if isinstance(body.get("callback"), dict):
        body["callback"]["url"] = sink.url
    if isinstance(case.query, dict):
        case.query.pop("nextToken", None)
        for name in {"submittedAfter", "submittedBefore", "diedAfter", "diedBefore"} & case.query.keys():
            case.query[name] = "2020-01-01T00:00:00Z"
    for name in ("runAt", "before"):
        if isinstance(body.get(name), str):
            body[name] = "2020-01-01T00:00:00Z"
    if isinstance(body.get("expiresAt"), str):
        body["expiresAt"] = later(86400).isoformat()
    if isinstance(callback, dict):
        callback["url"] = sink.url
    if isinstance(body.get("limit"), float):
        body["limit"] = int(body["limit"])
    if case.operation.label == "POST /tasks/{taskId}/redrive" and isinstance(payload, dict):
        body["payload"] = {"url": sink.url}  # valid for every kind
    if case.operation.label == "POST /redrives" and body.get("before") is None and not body.get("filter"):
        body["limit"] = 1
    if body.get("type") == "http.request":
        body["payload"] = {"url": sink.url, "body": payload.get("body")}  # it takes POST alone
        body.pop("simulate", None)  # failures would open the sink's circuit and park the other tasks
    body.pop("orderingKey", None)  # a repeated key would delay the other tasks


def _tame_headers(case: Any) -> None:
    for name in [each for each in case.headers or () if each.lower() in _OF_THE_CONNECTION]:
        del case.headers[name]


def _tame_address(case: Any) -> None:
    """Replace paths and parameters that clients rewrite, servers refuse, or other tests suffer from."""
    parameters = case.path_parameters if isinstance(case.path_parameters, dict) else {}
    for name, value in parameters.items():
        if not str(value or "").strip("./[]{}?#"):
            parameters[name] = "a b"
    if parameters.get("type") in _KINDS:
        parameters["type"] = "none"  # other tests' tasks would wait
    if isinstance(case.query, dict):
        if str(case.query.get("waitSeconds")) in map(str, range(26)):
            case.query["waitSeconds"] = 0
        for name, value in case.query.items():
            if not requests.Request("GET", "http://a", params={name: value}).prepare().path_url[2:]:
                case.query[name] = "x"  # nothing would be sent
            elif len(quote(str(value))) > 3000:
                case.query[name] = "x" * 2100


def _tame_filter(case: Any) -> None:
    """Restrict bulk calls to a time without tasks, and valid ones to filters that can be applied."""
    body: Any = case.body if isinstance(case.body, dict) else {}
    chosen = body.get("filter")
    if isinstance(chosen, dict) and chosen:
        chosen.setdefault("submittedBefore", "2020-01-01T00:00:00Z")
    if case.meta.generation.mode is not GenerationMode.POSITIVE or not case.operation.label.endswith("s"):
        return
    body.pop("nextToken", None)
    if isinstance(chosen, dict):
        chosen.pop("status", None)  # tasks in some states cannot be changed
        for name in ("submittedAfter", "submittedBefore", "diedAfter", "diedBefore"):
            if chosen.get(name) is not None or name == "submittedBefore":
                chosen[name] = "2020-01-01T00:00:00Z"
        for name in ("category", "before"):
            body.pop(name, None)
    elif case.operation.label == "POST /redrives":
        for name in ("dryRun", "payloadPatch"):
            body.pop(name, None)


def _tame_simulation(simulate: dict[str, Any]) -> None:
    for name in ("crash", "hang"):
        if simulate.get(name) is True:
            simulate[name] = False
    for name in ("latencyMs", "failures"):
        if isinstance(simulate.get(name), float) and simulate[name].is_integer():
            simulate[name] = int(simulate[name])
    if type(simulate.get("latencyMs")) is int and 0 < simulate["latencyMs"] <= 900_000:
        simulate["latencyMs"] = 1
    if simulate.get("error") in list(Category):
        simulate["error"] = "VALIDATION"  # which is not retried


def told(fuzzed: Fuzzed, response: Any) -> None:
    """Count and check a response, and record the task that it accepted, if any."""
    try:
        body = response.json()
    except ValueError:
        body = response.content
    headers = {name.title(): values[0] for name, values in response.headers.items()}
    fuzzed.add(Answer(status=response.status_code, body=body, headers=headers))


def headers_of(stack: Stack) -> dict[str, str]:
    """Return the headers that authenticate the client."""
    assert stack.api_key is not None
    return {API_KEY_HEADER: stack.api_key}


_MODES = [(operation, mode) for operation in OPERATIONS for mode in GenerationMode]
_MODES.remove(("GET /kinds", GenerationMode.NEGATIVE))  # it takes nothing that could be invalid


@pytest.mark.parametrize(("operation", "mode"), _MODES, ids=lambda part: getattr(part, "value", part))
def test_operations(
    stack: Stack, document: Any, fuzzed: Fuzzed, sink: Sink, seed: int, operation: str, mode: GenerationMode
) -> None:
    """Responses to valid and to invalid requests of each operation conform to the document."""
    method, path = operation.split()
    headers = headers_of(stack)

    @seeded(seed * 100 + 50 + OPERATIONS.index(operation))
    # The only parameter of statistics has three values, and each answer counts the tasks in every state.
    @trying(5 if operation == "GET /stats" else 15)
    @given(document[path][method].as_strategy(generation_mode=mode))
    def tried(case: Any) -> None:
        tame(case, sink)
        response = case.call(headers=headers)
        told(fuzzed, response)
        case.validate_response(response)

    tried()


def test_the_document_has_these_operations(document: Any) -> None:
    """`test_operations` covers all operations in the document."""
    assert {found.ok().label for found in document.get_all_operations()} == set(OPERATIONS)


def test_one_after_another(stack: Stack, document: Any, fuzzed: Fuzzed, sink: Sink, seed: int) -> None:
    """Responses to sequences of operations along the document's links conform to the document.

    Links lead from a submission to a read, a cancellation or a redrive, and from a page to the next.
    """
    headers = headers_of(stack)
    machine: type[OpenAPIStateMachine] = document.as_state_machine()

    class Api(machine):  # type: ignore[misc] # made at run time
        def before_call(self, case: Any) -> None:
            tame(case, sink)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def after_call(self, response: Any, case: Any) -> None:
            told(fuzzed, response)

    for number in range(ROUNDS):
        # Ids and states differ each time. If Hypothesis notices that, the round ends.
        with suppress(FlakyStrategyDefinition):
            seeded(seed * 100 + 90 + number)(Api.TestCase)
            Api.run(settings=settings(trying(8), stateful_step_count=8))
