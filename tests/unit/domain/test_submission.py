"""Submissions: their validation, and when two of them are the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lambdas.domain.callback import ENDS
from lambdas.domain.errors import Category
from lambdas.domain.submission import Simulation, Submission

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
payloads = st.dictionaries(st.text(), json_values, max_size=4)


def submission(**body: Any) -> Submission:
    return Submission.model_validate({"payload": {}, **body})


def offending(body: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        Submission.model_validate(body)
    return sorted(".".join(map(str, error["loc"])) for error in refusal.value.errors())


def test_a_payload_is_enough() -> None:
    """A payload alone is a valid submission: an echo without id, key or simulation."""
    given = submission(payload={"a": [1, None]})
    assert (given.type, given.payload, given.task_id) == ("echo", {"a": [1, None]}, None)
    assert (given.ordering_key, given.simulate) == (None, None)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["payload"]),
        ({"payload": None}, ["payload"]),
        ({"payload": []}, ["payload"]),
        ({"payload": "{}"}, ["payload"]),
        ({"payload": {}, "taskId": ""}, ["taskId"]),
        ({"payload": {}, "taskId": "a b"}, ["taskId"]),
        ({"payload": {}, "taskId": "a/b"}, ["taskId"]),
        ({"payload": {}, "taskId": "a\n"}, ["taskId"]),
        ({"payload": {}, "taskId": "ä"}, ["taskId"]),
        ({"payload": {}, "taskId": "a" * 129}, ["taskId"]),
        ({"payload": {}, "taskId": 7}, ["taskId"]),
        ({"payload": {}, "type": ""}, ["type"]),
        ({"payload": {}, "type": None}, ["type"]),
        ({"payload": {}, "type": "t" * 65}, ["type"]),
        ({"payload": {}, "orderingKey": "k" * 125}, ["orderingKey"]),
        ({"payload": {}, "orderingKey": "k k"}, ["orderingKey"]),
        ({"payload": {}, "reference": ""}, ["reference"]),
        ({"payload": {}, "reference": "r" * 129}, ["reference"]),
        ({"payload": {}, "reference": 4711}, ["reference"]),
        ({"payload": {}, "expiresAt": "tomorrow"}, ["expiresAt"]),
        (
            {"payload": {}, "runAt": "2026-01-01T00:00:01Z", "expiresAt": "2026-01-01T00:00:00Z"},
            ["expiresAt"],
        ),
        (
            {"payload": {}, "runAt": "2026-01-01T00:00:00Z", "expiresAt": "2026-01-01T01:00:00+01:00"},
            ["expiresAt"],
        ),
        # Both are stored as the same millisecond.
        (
            {"payload": {}, "runAt": "2026-01-01T00:00:00.0001Z", "expiresAt": "2026-01-01T00:00:00.0009Z"},
            ["expiresAt"],
        ),
        ({"payload": {}, "runAt": "soon", "expiresAt": "2026-01-01T00:00:00Z"}, ["runAt"]),
        ({"payload": {}, "callback": "https://a.example/"}, ["callback"]),
        ({"payload": {}, "callback": {}}, ["callback.url"]),
        ({"payload": {}, "callback": {"url": "https://a.example/" + "a" * 2048}}, ["callback.url"]),
        ({"payload": {}, "callback": {"url": "https://a.example/", "on": []}}, ["callback.on"]),
        ({"payload": {}, "callback": {"url": "http://a/", "on": ["QUEUED", "EXPIRED"]}}, ["callback.on.0"]),
        ({"payload": {}, "callback": {"url": "https://a.example/", "on": ["EXPIRED"] * 2}}, ["callback.on"]),
        ({"payload": {}, "tags": "a"}, ["tags"]),
        ({"payload": {}, "tags": list("abcdef")}, ["tags"]),
        ({"payload": {}, "tags": ["a", "b", "a"]}, ["tags"]),
        ({"payload": {}, "tags": ["a", "", "t" * 41, 1]}, ["tags.1", "tags.2", "tags.3"]),
        ({"payload": {}, "task_id": "a"}, ["task_id"]),
        ({"payload": {}, "ordering_key": "a"}, ["ordering_key"]),
        ({"payload": {}, "unknown": 1}, ["unknown"]),
        ({"payload": {}, "simulate": {"failures": -1}}, ["simulate.failures"]),
        ({"payload": {}, "simulate": {"failures": 1001}}, ["simulate.failures"]),
        ({"payload": {}, "simulate": {"failures": True}}, ["simulate.failures"]),
        ({"payload": {}, "simulate": {"failures": "1"}}, ["simulate.failures"]),
        ({"payload": {}, "simulate": {"crash": 1}}, ["simulate.crash"]),
        ({"payload": {}, "simulate": {"error": "NOPE"}}, ["simulate.error"]),
        ({"payload": {}, "simulate": {"latencyMs": 900_001}}, ["simulate.latencyMs"]),
        ({"payload": {}, "simulate": {"latency_ms": 1}}, ["simulate.latency_ms"]),
        (
            {"taskId": "a b", "type": 1, "x": 1, "simulate": {"hang": 0, "y": 1}},
            ["payload", "simulate.hang", "simulate.y", "taskId", "type", "x"],
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_bad_submission_names_every_offending_field(body: dict[str, Any], fields: list[str]) -> None:
    """All invalid fields are reported together, under their names in the request."""
    assert offending(body) == fields


@pytest.mark.parametrize(
    "body",
    [
        {"taskId": "a" * 128},
        {"taskId": "AZaz09_.:-"},
        {"type": "t" * 64},
        {"orderingKey": "k" * 124},
        {"reference": "r" * 128},
        {"reference": "order 4711/ä"},
        {"tags": []},
        {"tags": [*"abcd", "t" * 40]},
        {"simulate": {}},
        {"simulate": {"failures": 0, "latencyMs": 900_000, "error": "RATE_LIMIT"}},
    ],
    ids=lambda body: str(body)[:40],
)
def test_the_limits_themselves_are_allowed(body: dict[str, Any]) -> None:
    """Values at the limits are accepted."""
    assert submission(**body).model_dump(by_alias=True, exclude_unset=True, mode="json") == {
        "payload": {},
        **body,
    }


@given(payloads)
def test_a_payload_is_kept_as_it_was(payload: dict[str, Any]) -> None:
    """Payload values keep their types: 1, 1.0, true and null, for example, are not converted."""
    assert repr(submission(payload=payload).payload) == repr(payload)


@given(payloads)
def test_the_order_of_keys_is_no_difference(payload: dict[str, Any]) -> None:
    """The order of a payload's keys does not change the fingerprint."""
    turned = dict(reversed(payload.items()))
    assert submission(payload=turned).fingerprint() == submission(payload=payload).fingerprint()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"taskId": "a"}),
        ({"taskId": "a"}, {"taskId": "b"}),
        ({}, {"type": "echo"}),
        ({}, {"simulate": None}),
        ({}, {"orderingKey": None}),
        ({}, {"reference": None}),
        ({}, {"tags": None}),
        ({}, {"tags": []}),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}),
        ({"simulate": {}}, {"simulate": {"crash": False}}),
        (
            {"expiresAt": "2026-01-01T00:00:00Z"},
            {"expiresAt": "2026-01-01T01:00:00.000+01:00"},
        ),
        (
            {"callback": {"url": "https://a.example/"}},
            {"callback": {"url": "https://a.example/", "on": [*reversed(ENDS)]}},
        ),
        ({"payload": {"a": 1, "b": 2}}, {"payload": {"b": 2, "a": 1}}),
    ],
)
def test_fingerprints_of_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Ids, explicit defaults, the order of keys and tags, and time offsets do not change the fingerprint."""
    assert submission(**first).fingerprint() == submission(**second).fingerprint()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"type": "other"}),
        ({}, {"payload": {"a": 1}}),
        ({"payload": {"a": 1}}, {"payload": {"a": "1"}}),
        ({"payload": {"a": 1}}, {"payload": {"a": True}}),
        ({"payload": {"a": None}}, {"payload": {}}),
        ({"payload": {"a": [1, 2]}}, {"payload": {"a": [2, 1]}}),
        ({}, {"orderingKey": "k"}),
        ({"orderingKey": "k"}, {"orderingKey": "l"}),
        ({}, {"reference": "r"}),
        ({}, {"tags": ["a"]}),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}),
        ({}, {"expiresAt": "2026-01-01T00:00:00Z"}),
        ({}, {"callback": {"url": "https://a.example/"}}),
        (
            {"callback": {"url": "https://a.example/"}},
            {"callback": {"url": "https://a.example/", "on": ["SUCCEEDED"]}},
        ),
        ({}, {"simulate": {}}),
        ({"simulate": {"failures": 1}}, {"simulate": {"failures": 2}}),
    ],
)
def test_fingerprints_of_the_different(first: dict[str, Any], second: dict[str, Any]) -> None:
    """A different value in any field except the id changes the fingerprint."""
    assert submission(**first).fingerprint() != submission(**second).fingerprint()


@pytest.mark.parametrize(
    ("simulate", "hit"),
    [
        ({}, []),
        ({"latencyMs": 5}, []),
        ({"failures": 0}, []),
        ({"failures": 0, "crash": True}, []),
        ({"failures": 2}, [1, 2]),
        ({"failures": 2, "hang": True}, [1, 2]),
        ({"error": Category.NETWORK}, [1, 2, 3, 4]),
        ({"crash": True}, [1, 2, 3, 4]),
        ({"hang": True}, [1, 2, 3, 4]),
    ],
)
def test_a_simulation_hits_the_first_attempts_or_all(simulate: dict[str, Any], hit: list[int]) -> None:
    """`failures` counts from the first attempt; a failure without it applies to every attempt."""
    simulation = Simulation.model_validate(simulate)
    assert [attempt for attempt in range(1, 5) if simulation.hits(attempt)] == hit


@pytest.mark.parametrize(
    "run_at",
    [
        *("2026-01-31T12:00:00", "soon", 1769860800, 1769860800000, "", True),
        *("2027", "20271231", "1e9", "1769860800.5", "-1", "P1D", "2027-01-01", "2027-W01-1T00:00:00Z"),
        *("2027-01-01T00:00Z", "2027-01-01 00:00:00Z", "2027-01-01T00:00:00,5Z", "2027-01-01T00:00:00+0100"),
        *(
            "2027-02-30T00:00:00Z",
            "2027-01-01T00:00:60Z",
            "2027-01-01T24:00:00Z",
            "2027-01-01T00:00:00+24:00",
        ),
        *("2027-01-01T00:00:00Z\n", " 2027-01-01T00:00:00Z", "\uff12027-01-01T00:00:00Z"),
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    ],
)
def test_a_time_must_say_what_it_means(run_at: object) -> None:
    """A time that is not RFC 3339 with an offset, or is out of range, is refused."""
    with pytest.raises(ValidationError, match="runAt"):
        Submission.model_validate({"payload": {}, "runAt": run_at})


@pytest.mark.parametrize(
    ("run_at", "meant"),
    [
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("2027-01-01t00:00:00z", "2027-01-01T00:00:00.000Z"),
        ("2027-01-01T00:00:00.123456789Z", "2027-01-01T00:00:00.123Z"),
        ("2027-01-01T00:00:00.5-00:00", "2027-01-01T00:00:00.500Z"),
        ("2027-01-01T00:00:00+05:45", "2026-12-31T18:15:00.000Z"),
    ],
)
def test_a_time_may_be_written_as_rfc_3339_has_it(run_at: str, meant: str) -> None:
    """Any offset is accepted, and any fraction of a second that common languages write."""
    given = Submission.model_validate({"payload": {}, "runAt": run_at})
    assert given.model_dump(mode="json", by_alias=True)["runAt"] == meant


def test_the_time_is_a_part_of_what_is_asked() -> None:
    """The same time with different offsets gives the same fingerprint, and another time a different one."""
    noon, same, later, never = (
        Submission.model_validate({"payload": {}, **extra}).fingerprint()
        for extra in (
            {"runAt": "2026-01-31T12:00:00Z"},
            {"runAt": "2026-01-31T13:00:00+01:00"},
            {"runAt": "2026-01-31T12:00:01Z"},
            {},
        )
    )
    assert noon == same
    assert len({noon, later, never}) == 3
