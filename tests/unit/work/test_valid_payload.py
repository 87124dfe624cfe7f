"""Payloads that their models' validators refuse, in each place where a payload is validated."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from pydantic import ConfigDict, Field, field_validator, model_validator

from lambdas.application.payload_checks import check_payload
from lambdas.domain.errors import Category, InvalidWork, NetworkFailure, classify
from lambdas.http.problems import ApiError, ProblemType
from lambdas.process_task.attempt import validated
from lambdas.submit_task import body, wiring
from lambdas.submit_task.handler import app
from lambdas.telemetry.tracebacks import traceback_of
from lambdas.work import kinds
from lambdas.work.kinds import BUILT_IN
from lambdas.work.registry import Payload, Registry, WorkContext, kind
from lambdas.work.valid_payload import valid_payload
from tests.unit.http.conftest import environment as environment
from tests.unit.http.gateway import request, send
from tests.unit.http.submission import assert_problem, submit


class Price(Payload):
    amount: str
    zone: str = "UTC"

    @field_validator("amount")
    @classmethod
    def _is_a_number(cls, amount: str) -> str:
        if amount == "away":
            raise NetworkFailure("the list of prices is away")
        if amount == "refused":
            raise InvalidWork("not today, token=hunter2")
        return str(Decimal(amount))

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        return ZoneInfo(zone).key


@kind("price")
def price(payload: Price, context: WorkContext) -> str:
    return payload.amount


@pytest.fixture(autouse=True)
def known(environment: pytest.MonkeyPatch) -> None:
    """Let the kind be one of the project's."""
    registry = Registry([*BUILT_IN, price])
    environment.setattr(kinds, "KINDS", registry)
    for module in (body, wiring):
        environment.setattr(module, "KINDS", registry)


class Password(Payload):
    by: Literal["password"] = "password"


class Key(Payload):
    by: Literal["key"] = "key"


class Form(Payload):
    id: str | UUID
    at: datetime | str
    sizes: set[int] | list[int]
    login: Annotated[Password | Key, Field(discriminator="by")] = Password()


class Strict(Payload):
    model_config = ConfigDict(strict=True)

    at: datetime


@kind("form")
def form(payload: Form, context: WorkContext) -> None: ...


@kind("strict")
def strict(payload: Strict, context: WorkContext) -> None: ...


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"amount": "x"}, "InvalidOperation: [<class 'decimal.ConversionSyntax'>]"),
        (
            {"amount": "1", "zone": "Mars/X"},
            "ZoneInfoNotFoundError: 'No time zone found with key Mars/X'",
        ),
        ({"amount": "refused"}, "InvalidWork: not today, token=*****"),
    ],
    ids=["decimal", "zone", "work error"],
)
def test_any_error_of_a_validator_refuses_its_payload(payload: dict[str, Any], reason: str) -> None:
    """The error is the field `payload`'s, in a submission alone and in a redrive."""
    alone = submit(json.dumps({"type": "price", "payload": payload}))
    assert_problem(alone, ProblemType.INVALID_REQUEST, "payload")
    assert alone.body["errors"][0]["message"] == reason
    with pytest.raises(ApiError) as refused:
        check_payload("price", payload)
    assert [(each.field, each.message) for each in refused.value.errors] == [("payload", reason)]


def test_in_an_attempt_the_error_of_a_validator_decides() -> None:
    """A validator with a bug, which may be mended soon, makes no dead letters of the tasks that wait."""
    with pytest.raises(InvalidWork, match=r"^the payload does not fit price: InvalidWork: not to") as failed:
        validated(price, {"amount": "refused"})
    assert "test_valid_payload.py" in str(traceback_of(failed.value, price.perform))
    with pytest.raises(ZoneInfoNotFoundError) as unknown:
        validated(price, {"amount": "1", "zone": "Mars/X"})
    assert classify(unknown.value).category is Category.UNKNOWN


def test_a_validator_that_may_succeed_later_makes_a_request_one_to_repeat() -> None:
    """So is a whole batch, since its members are decided when it is recorded."""
    task = {"type": "price", "payload": {"amount": "away"}}
    alone = submit(json.dumps(task))
    assert_problem(alone, ProblemType.UNAVAILABLE, "payload")
    assert alone.headers["Retry-After"] == ["2"]
    batch = json.dumps({"tasks": [{"payload": {}}, task, {"payload": 1}]})
    assert_problem(send(app, request("POST", "/batches", batch)), ProblemType.UNAVAILABLE, "tasks.1.payload")
    with pytest.raises(ApiError) as refused:
        check_payload("price", {"amount": "away"})
    assert refused.value.problem is ProblemType.UNAVAILABLE


def test_the_members_of_a_union_keep_their_types() -> None:
    found = validated(form, {"id": str(UUID(int=7)), "at": "2026-01-01T00:00:00Z", "sizes": [2, 2]})
    assert (found.id, found.at, found.sizes) == (str(UUID(int=7)), "2026-01-01T00:00:00Z", [2, 2])


def test_a_strict_model_accepts_what_json_lacks() -> None:
    assert validated(strict, {"at": "2026-01-01T00:00:00Z"}).at == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidWork, match=r"does not fit strict: at: Input should be a valid datetime, "):
        validated(strict, {"at": "soon"})


def test_the_other_tasks_of_a_batch_are_accepted() -> None:
    """There is no table to record the batch, but it is tried."""
    tasks = [{"type": "price", "payload": {"amount": amount}} for amount in ("x", "1")]
    answer = send(app, request("POST", "/batches", json.dumps({"tasks": tasks})))
    assert_problem(answer, ProblemType.UNAVAILABLE)


def test_a_validator_that_may_succeed_later_refuses_nothing() -> None:
    with pytest.raises(NetworkFailure):
        validated(price, {"amount": "away"})


def test_a_payload_that_does_not_fit_is_told_without_its_values() -> None:
    """The error and its traceback have the path of each fault, and nothing of the payload."""
    payload: Any = {"amount": {"password": "hunter2"}, "zone": 7, "passcode": "hunter2"}
    with pytest.raises(InvalidWork) as failed:
        validated(price, payload)
    assert str(failed.value) == (
        "the payload does not fit price: amount: Input should be a valid string; "
        "zone: Input should be a valid string; passcode: Extra inputs are not permitted"
    )
    assert "hunter2" not in str(traceback_of(failed.value, price.perform))
    with pytest.raises(InvalidWork, match=r": login: Input tag does not match any of the expected tags$"):
        validated(form, {"id": "a", "at": "b", "sizes": [], "login": {"by": "hunter2"}})
    with pytest.raises(InvalidWork, match=r"; and 5 more$"):
        validated(price, {"amount": "1", **{f"k{number}": 1 for number in range(15)}})


class Renamed(Payload):
    number: int

    @model_validator(mode="before")
    @classmethod
    def _rename(cls, given: dict[str, Any]) -> dict[str, Any]:
        given["number"] = given.pop("no")
        return given


@kind("renamed")
def renamed(payload: Renamed, context: WorkContext) -> None:
    """Do nothing."""


def test_a_validator_that_changes_what_it_is_given_leaves_the_payload_as_it_is() -> None:
    """The payload is stored, and validated again in each attempt."""
    payload: dict[str, Any] = {"no": 3}
    for _ in range(2):
        assert valid_payload(renamed, payload).number == 3
    assert payload == {"no": 3}
