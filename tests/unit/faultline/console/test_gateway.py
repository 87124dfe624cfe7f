"""The console's gateway, which makes no changes if the console is read-only."""

import asyncio
from dataclasses import replace
from threading import Event, Semaphore
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from faultline.client.api import Answer, ApiClient
from faultline.client.errors import ApiUnreachable
from faultline.console.action import cancellation, holding_open, redrive_all
from faultline.console.gateway import ReadOnly, Unavailable
from faultline.operations.bulk import Progress
from faultline.operations.errors import FaultsFailed, OperationFailed, Unanswered
from infra.errors import AwsUnavailable
from tests.eventually import DEADLINE_SECONDS
from tests.unit.faultline.console.offline import NOWHERE, gateway


class Recording(ApiClient):
    """A client that gives one answer to every call and records the calls."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(NOWHERE)
        self.answer = answer
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []

    def call(self, method: str, path: str, **given: Any) -> Answer:
        if "json" in given:
            self.bodies.append(given["json"])
        self.calls.append((method, path))
        return self.answer


def test_a_read_only_console_makes_no_call_that_changes_something() -> None:
    api = Recording(Answer(status=202, body={}, headers={}))
    reading = gateway(api, is_writable=False)
    done: list[int] = []
    with pytest.raises(ReadOnly):
        asyncio.run(reading.change(cancellation("t")))
    with pytest.raises(ReadOnly):
        asyncio.run(reading.change(holding_open("example.com")))
    with pytest.raises(ReadOnly):
        asyncio.run(reading.changing(lambda: done.append(1)))
    assert (api.calls, done) == ([], [])
    asyncio.run(replace(reading, is_writable=True).change(cancellation("t")))
    assert api.calls == [("DELETE", "/tasks/t")]


def test_the_same_answer_serves_all_tabs_until_something_is_changed() -> None:
    api = Recording(Answer(status=200, body={}, headers={}))
    shared = gateway(api)

    async def read() -> None:
        for _ in range(3):
            await shared.read("/tasks", max_age=60, tag="a", text="")
        await shared.read("/tasks", max_age=60, tag="b")
        await shared.change(cancellation("t"))
        await shared.read("/tasks", max_age=60, tag="a")

    asyncio.run(read())
    assert api.calls == [("GET", "/tasks")] * 2 + [("DELETE", "/tasks/t"), ("GET", "/tasks")]


def test_many_tasks_are_changed_with_the_patch_of_the_preview() -> None:
    body = {"matched": 1, "done": 1, "failed": [], "more": False, "filter": {"tag": "a"}, "sample": []}
    api = Recording(Answer(status=200, body=body, headers={}))
    action = redrive_all({"tag": "a"}, {"rows": 1})
    progress = Progress(filter={"tag": "a", "diedBefore": "2026-01-01T00:00:00Z"})
    asyncio.run(gateway(api).preview(action))
    asyncio.run(gateway(api).change_all(action, progress, Event()))
    previewed, changed = api.bodies
    assert previewed == {"filter": {"tag": "a"}, "payloadPatch": {"rows": 1}, "dryRun": True}
    assert changed["filter"] == progress.filter
    assert changed["payloadPatch"] == {"rows": 1}


def test_a_refusal_has_its_fields() -> None:
    body = {"detail": "Not valid", "errors": [{"field": "payload.url", "message": "no URL"}]}
    with pytest.raises(Unavailable, match="HTTP 400: Not valid") as raised:
        asyncio.run(gateway(Recording(Answer(status=400, body=body, headers={}))).read("/tasks"))
    assert (raised.value.status, raised.value.fields) == (400, {"payload.url": "no URL"})


def test_what_does_not_answer_is_one_kind_of_error() -> None:
    nobody = gateway(ApiClient(NOWHERE))
    with pytest.raises(Unavailable, match="does not answer"):
        asyncio.run(nobody.read("/stats"))

    def fail(*_: Any) -> None:
        raise FaultsFailed("no faults here")

    with pytest.raises(Unavailable, match="no faults here"):
        asyncio.run(nobody.operation("nothing", fail))

    def break_(*_: Any) -> None:
        raise RuntimeError("a\nbug")

    with pytest.raises(Unavailable, match=r"^unexpected RuntimeError: a bug$") as raised:
        asyncio.run(nobody.operation("nothing", break_))
    assert not raised.value.may_be_done


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


URL = {"endpoint_url": NOWHERE}


@pytest.mark.parametrize(
    ("error", "may_be_done"),
    [
        (ApiUnreachable("gone", sent=True), True),
        (ApiUnreachable("gone", sent=False), False),
        (Unanswered("HTTP 504: Endpoint request timed out"), True),
        (OperationFailed("HTTP 400: no"), False),
        (ReadTimeoutError(**URL), True),
        (ConnectTimeoutError(**URL), False),
        (EndpointConnectionError(**URL), False),
        (caused_by(AwsUnavailable("no"), ReadTimeoutError(**URL)), True),
        (caused_by(AwsUnavailable("no"), EndpointConnectionError(**URL)), False),
        (caused_by(FaultsFailed("no"), httpx.ReadTimeout("late")), True),
        (caused_by(FaultsFailed("no"), httpx.ConnectError("refused")), False),
        (KeyError("no"), True),  # of a bug, which tells nothing about the call
        (RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."), False),
    ],
    ids=repr,
)
def test_a_change_without_an_answer_may_have_been_made(error: Exception, may_be_done: bool) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(Unavailable) as raised:
        asyncio.run(gateway(ApiClient(NOWHERE)).changing(fail))
    assert raised.value.may_be_done is may_be_done
    begins = "It may have been done: " if may_be_done else "Not done: "
    assert raised.value.outcome == f"{begins}{raised.value}"


@pytest.mark.parametrize(
    ("status", "may_be_done"), [(502, True), (504, True), (503, True), (429, False), (400, False)]
)
def test_a_change_that_a_gateway_answers_may_have_been_made(status: int, may_be_done: bool) -> None:
    api = Recording(Answer(status=status, body={"message": "no"}, headers={}))
    with pytest.raises(Unavailable) as raised:
        asyncio.run(gateway(api).change(cancellation("t")))
    assert raised.value.may_be_done is may_be_done


def test_changes_and_waits_end_while_the_stage_hangs() -> None:
    """Readings of a stage that hangs leave threads for changes, and calls of AWS are given up early."""
    hanging, begun = Event(), Semaphore(0)
    of_stage = gateway(Recording(Answer(status=200, body={}, headers={})))

    def hang(*_: Any) -> None:
        begun.release()
        assert hanging.wait(DEADLINE_SECONDS)

    async def change_meanwhile() -> None:
        readings = [asyncio.create_task(of_stage.operation(f"reading {n}", hang)) for n in range(100)]
        for _ in range(20):  # more than asyncio's own threads on a small machine
            assert await asyncio.to_thread(begun.acquire, timeout=DEADLINE_SECONDS)
        try:
            await asyncio.wait_for(of_stage.change(cancellation("t")), DEADLINE_SECONDS)
        finally:
            hanging.set()
        await asyncio.gather(*readings)

    asyncio.run(change_meanwhile())
    config: Any = of_stage.session.client("cloudwatch", config=Config(parameter_validation=False)).meta.config
    assert (config.connect_timeout, config.read_timeout) == (3, 15)
    assert config.retries["total_max_attempts"] == 2


def test_private_fields_are_masked() -> None:
    api = Recording(Answer(status=200, body={}, headers={}))
    assert gateway(api).masked({"a": [{"password": "x"}], "n": 1}) == {"a": [{"password": "*****"}], "n": 1}
