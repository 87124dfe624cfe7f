"""The HTTP API for faults."""

from typing import Any

import pytest
import requests

from faultline.operations.errors import FaultsFailed
from faultline.operations.faults import FaultClient
from sandbox.process.state_file import Sandbox
from tests.sandbox.faults.calls import OK, Calls

RULE = {"service": "ssm", "error": "InternalServerError"}


@pytest.fixture
def url(sandbox: Sandbox, faults: FaultClient) -> str:
    return f"{sandbox.endpoint_url}/_faultline/faults"


def test_rules_are_added_listed_and_removed(url: str) -> None:
    """Rules can be added, listed with their ids and hits, replaced, and removed."""
    assert requests.get(url, timeout=60).json() == {"faults": []}
    first = requests.post(url, json=RULE, timeout=60)
    filled = {**RULE, "probability": 1.0, "when": "before", "hits": 0}
    assert (first.status_code, first.json()) == (201, {"id": first.json()["id"], **filled})

    late = {"service": "sqs", "operation": "SendMessage", "latencyMs": 5, "probability": 0.5, "count": 3}
    second = requests.post(url, json={**late, "when": "after"}, timeout=60).json()
    assert second == {"id": second["id"], **late, "when": "after", "hits": 0}
    assert requests.get(url, timeout=60).json() == {"faults": [first.json(), second]}

    assert requests.delete(f"{url}/{first.json()['id']}", timeout=60).status_code == 204
    assert requests.get(url, timeout=60).json() == {"faults": [second]}
    gone = requests.delete(f"{url}/{first.json()['id']}", timeout=60)
    assert (gone.status_code, gone.headers["Content-Type"]) == (404, "application/problem+json")

    replaced = requests.put(url, json={"faults": [RULE]}, timeout=60)
    assert (replaced.status_code, [each["service"] for each in replaced.json()["faults"]]) == (200, ["ssm"])
    assert requests.delete(url, timeout=60).status_code == 204
    assert requests.get(url, timeout=60).json() == {"faults": []}


def test_removed_rules_hit_nothing(faults: FaultClient, calls: Calls) -> None:
    """A rule has no effect after it is removed, alone or with all others."""
    one = faults.add(RULE)
    assert calls.function(calls.of("ssm"))[0]["status"] == 500
    faults.remove(one["id"])
    assert calls.function(calls.of("ssm")) == [OK]
    faults.add(RULE)
    assert calls.function(calls.of("ssm"))[0]["status"] == 500
    faults.clear()
    assert calls.function(calls.of("ssm")) == [OK]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"faults": [RULE, {"service": "dynamo", "error": "X", "probability": 0}]},
            "faults[1].service: AWS has no service 'dynamo'; did you mean dynamodb?; "
            "faults[1].probability: Input should be greater than 0",
        ),
        (
            {"faults": [{**RULE, "operation": "getParameter", "error": "Throtling", "count": 0}]},
            "faults[0].operation: ssm has no operation 'getParameter'; did you mean GetParameter?; "
            "faults[0].error: ssm has no error 'Throtling'; did you mean Throttling?; "
            "faults[0].count: Input should be greater than 0",
        ),
        (
            {"faults": [{**RULE, "latencyMs": 5, "when": "now", "colour": "red"}], "seed": "x"},
            "faults[0].latencyMs: exactly one of error and latencyMs is required; "
            "faults[0].when: Input should be 'before' or 'after'; "
            "faults[0].colour: Extra inputs are not permitted; "
            "seed: Input should be a valid integer",
        ),
        (
            {"faults": [{"service": "ssm"}]},
            "faults[0].latencyMs: exactly one of error and latencyMs is required",
        ),
        ({"faults": [{"error": "X"}]}, "faults[0].service: Field required"),
        ([], "body: Input should be an object"),
    ],
)
def test_wrong_rules_are_refused(url: str, faults: FaultClient, body: Any, detail: str) -> None:
    """Invalid rules are refused with an error that lists all wrong fields, and existing rules stay."""
    kept = [faults.add(RULE)]
    answer = requests.put(url, json=body, timeout=60)
    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert problem["detail"] == detail
    assert "; ".join(f"{each['field']}: {each['message']}" for each in problem["errors"]) == detail
    assert faults.get() == kept


def test_a_wrong_rule_is_not_added(faults: FaultClient) -> None:
    """An invalid rule is reported by the client in one line, and is not added."""
    with pytest.raises(FaultsFailed, match=r"^probability: Input should be less than or equal to 1$"):
        faults.add({**RULE, "probability": 1.5})
    assert faults.get() == []
