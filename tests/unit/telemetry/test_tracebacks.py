"""Tracebacks of failed attempts."""

import asyncio
import json
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from lambdas.domain.errors import InvalidWork
from lambdas.process_task.attempt import perform
from lambdas.process_task.json_result import as_json
from lambdas.telemetry.tracebacks import MAX_TRACEBACK_BYTES, traceback_of
from lambdas.work.echo import echo
from lambdas.work.registry import Kind, Payload, WorkContext, kind
from tests.unit.work.context import a_context


class Nothing(Payload):
    """A payload without fields."""


def of(work: Callable[[], object]) -> str:
    """Return the traceback of work that fails under the worker."""

    @kind("failing")
    def fails(payload: Nothing, context: WorkContext) -> JsonValue:
        work()
        return None

    made: Kind[Any] = fails
    with ThreadPoolExecutor(1) as pool:  # its frames are in another file
        error = pool.submit(perform, made, Nothing(), a_context()).exception()
    assert error is not None
    found = traceback_of(error, made.perform)
    assert found is not None
    return found


def files(text: str) -> list[str]:
    return [line.split('"')[1] for line in text.splitlines() if line.startswith("  File ")]


def test_it_begins_with_the_tasks_own_code() -> None:
    """A traceback omits the worker's frames, but not those of a library that the work calls."""
    found = of(lambda: json.loads("{"))
    assert found.startswith("Traceback (most recent call last):\n")
    assert files(found)[0] == files(found)[1] == "tests/unit/telemetry/test_tracebacks.py"
    assert files(found)[-1].endswith("json/decoder.py")
    assert found.endswith(
        "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"
    )


def test_an_error_of_the_library_itself_shows_where_it_is() -> None:
    with pytest.raises(InvalidWork) as caught:
        as_json(object(), "echo")
    found = traceback_of(caught.value, echo.perform)
    assert found is not None
    assert files(found)[0] == "lambdas/process_task/json_result.py"
    assert "InvalidWork: the result of echo is not JSON" in found


def test_private_data_is_masked() -> None:
    def call() -> None:
        raise ValueError("cannot open https://a.example/?token=hunter2hunter2")

    assert "hunter2" not in of(call)
    assert "https://a.example/?token=*****" in of(call)


def test_causes_are_shown_in_their_order() -> None:
    def call() -> None:
        try:
            urllib.parse.urlsplit("http://[")
        except ValueError as error:
            raise RuntimeError("no such place") from error

    found = of(call)
    assert (
        found.index("Invalid IPv6 URL")
        < found.index("direct cause")
        < found.index("RuntimeError: no such place")
    )


def test_the_errors_of_a_group_are_shown_before_it() -> None:
    async def fetch(page: int) -> None:
        try:
            int("x")
        except ValueError as error:
            raise InvalidWork(f"no page {page}") from error

    async def fetch_all() -> None:
        async with asyncio.TaskGroup() as group:
            for page in range(20):
                group.create_task(fetch(page))

    found = of(lambda: asyncio.run(fetch_all()))
    places = [
        found.index(text)
        for text in ("InvalidWork: no page 0\n", "in the following group", "InvalidWork: no page 1\n")
    ]
    assert places == sorted(places)
    assert "invalid literal for int()" in found
    assert found.endswith("ExceptionGroup: unhandled errors in a TaskGroup (20 sub-exceptions)\n")
    assert len(found.encode()) <= MAX_TRACEBACK_BYTES


def test_the_tasks_own_frames_stay_in_a_long_one() -> None:
    """A long traceback keeps the task's own frames, despite deep recursion or a huge message."""

    def divide(_: object) -> float:
        return 1 / 0

    def call() -> None:
        nested: list[Any] = []
        for _ in range(200):
            nested = [nested]
        try:
            json.dumps([nested, object()], indent=1, default=divide)
        except ZeroDivisionError as error:
            raise ValueError("x" * 1_000_000) from error

    found = of(call)
    assert len(found.encode()) <= MAX_TRACEBACK_BYTES
    assert files(found)[0] == f"tests/unit/telemetry/{Path(__file__).name}"
    assert found.count("1 / 0") == 1


def test_an_exception_whose_text_cannot_be_read_has_its_frames() -> None:
    class Speechless(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def call() -> None:
        raise Speechless

    assert "    raise Speechless\n" in of(call)
