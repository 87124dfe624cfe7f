"""The kinds of work in the API's responses."""

from collections.abc import Callable
from datetime import UTC, datetime

from lambdas.domain.requester import Requester
from lambdas.manage_tasks.kinds import described
from lambdas.store.circuit_states import CircuitState
from lambdas.store.holds import Hold
from lambdas.work.kinds import KINDS
from lambdas.work.registry import Payload, WorkContext, kind

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_kinds_of_work_are_described() -> None:
    """The kinds of work are listed by name, with their retry policies, payload schemas and circuits."""
    kinds = {kind["name"]: kind for kind in described(KINDS, {}, {})["kinds"]}
    assert [*kinds] == ["echo", "http.request"]
    assert kinds["echo"]["retry"]["maximumAttempts"] == 3
    assert kinds["http.request"]["payload"]["required"] == ["url"]
    assert [kind["hasCircuits"] for kind in kinds.values()] == [False, True]
    assert [kind["openCircuits"] for kind in kinds.values()] == [[], []]
    assert not any("pause" in kind for kind in kinds.values())


def test_a_kind_says_that_it_is_paused_and_what_is_left_alone() -> None:
    """A pause names its requester; a circuit that opened by itself has none."""
    hold = Hold(key="kind/http.request", since=NOON, reason="to look", by=Requester(api_key_id="k"))
    circuit = CircuitState(name="a.example", state="HALF_OPEN", opened_at=NOON)
    kinds = described(KINDS, {hold.key: hold}, {"http.request": [circuit]})["kinds"]
    echo, http_request = kinds
    assert "pause" not in echo
    assert http_request["pause"] == {
        "since": "2026-01-01T12:00:00.000Z",
        "reason": "to look",
        "by": {"apiKeyId": "k"},
    }
    assert http_request["openCircuits"] == [
        {"name": "a.example", "state": "HALF_OPEN", "openedAt": "2026-01-01T12:00:00.000Z"}
    ]


def test_a_kind_without_a_schema_does_not_hide_the_others() -> None:
    class Odd(Payload):
        call: Callable[[], int]

    @kind("odd")
    def odd(payload: Odd, context: WorkContext) -> None: ...

    found = {each["name"]: each for each in described([*KINDS, odd], {}, {})["kinds"]}
    assert [*found] == ["echo", "http.request", "odd"]
    reason = found["odd"]["payload"]["description"]
    assert reason.startswith("The payload has no JSON Schema: Cannot generate a JsonSchema for ")
    assert "\n" not in reason
