"""GET /stats and GET /kinds."""

from typing import Any

from lambdas.domain.lifecycle import Status
from sandbox.process import ports
from tests.e2e.direct import in_one_batch
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually


def stats(stack: Stack, window: str = "1h") -> dict[str, Any]:
    answer = stack.api.call("GET", "/stats", params={"window": window})
    assert answer.status == 200, answer.problem()
    return dict(answer.body)


def test_what_has_died_is_counted(stack: Stack) -> None:
    """A dead letter is counted by its state, its category and its reason."""
    before = stats(stack)
    task = stack.ended(stack.accepted(taskId=fresh("dead"), simulate={"error": "VALIDATION"}))
    assert task["status"] == "DEAD_LETTERED"

    def counted() -> dict[str, Any] | None:
        found = stats(stack)
        # Other tests redrive and cancel dead letters of their own meanwhile.
        return found if found["deadLetters"]["byCategory"].get("VALIDATION") else None

    found = eventually(counted, what="the dead letter is counted")
    assert found.keys() >= {"window", "since", "until", "counts", "deadLetters", "openCircuits"}
    assert found["counts"].keys() == before["counts"].keys() == {*Status}
    assert found["counts"]["DEAD_LETTERED"]["value"] >= 1
    assert any(group["category"] == "VALIDATION" for group in found["deadLetters"]["byReason"])


def test_an_open_circuit_is_named(stack: Stack) -> None:
    """The statistics list an open circuit, here that of a port on which nothing listens."""
    name = f"127.0.0.1:{ports.free()}"
    in_one_batch(stack, f"http://{name}/", stack.settings.circuit_failure_threshold)

    def is_named() -> bool:
        return name in {circuit["name"] for circuit in stats(stack, "15m")["openCircuits"]}

    eventually(is_named, what="the circuit is open", every=0.5)


def test_the_kinds_of_work_are_listed(stack: Stack) -> None:
    answer = stack.api.call("GET", "/kinds")
    assert answer.status == 200
    assert [kind["name"] for kind in answer.body["kinds"]] == ["echo", "http.request"]
    assert stack.api.call("GET", "/kinds", params={"a": "b"}).status == 400
