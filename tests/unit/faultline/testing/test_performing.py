"""Attempts at tasks of a project's own kinds with `faultline.testing`."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from math import nan
from pathlib import Path

import pytest

from faultline.testing import Cancelled, Dies, Retries, Succeeded, perform, run_to_end
from faultline.testing.environment import variables
from faultline.testing.performing import kinds
from infra.errors import InvalidProject, UnknownStage
from lambdas.domain.errors import Category
from lambdas.store.results import MAX_RESULT_BYTES
from tests.unit.infra.project.folder import KIND, project

ID = "00000000-0000-0000-0000-000000000000"
RESIZE = """
import signal
import time
from faultline.work import Category, Context, InvalidWork, Payload, RateLimited, RetryPolicy, kind

class Resize(Payload):
    width: int

@kind(
    "resize",
    timeout=20,
    retry=RetryPolicy(maximum_attempts=2),
    retry_on={Category.RATE_LIMIT: RetryPolicy(maximum_attempts=3, initial_interval=10)},
)
def resize(payload: Resize, context: Context) -> object:
    if payload.width == 0:
        raise InvalidWork("nothing to see")
    if payload.width == 1:
        raise RateLimited("later", retry_after=30)
    if payload.width == 2:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 1)  # the timeout is reached here
        while True:
            time.sleep(1)
    if payload.width == 3:
        return object()
    if payload.width == 4:
        return context.secret("KEY")
    return {"width": payload.width / (payload.width - 5), "attempt": context.attempt}
"""

PAGES = """
from faultline.work import Context, Payload, kind

class Pages(Payload):
    host: str

def typo(payload):
    return payload.hots

@kind("pages", timeout=5, dependency=lambda payload: payload.host)
def pages(payload: Pages, context: Context) -> float:
    for number in range(3):
        if context.cancelled:
            raise RuntimeError(f"stopped before page {number}")
    return context.remaining_seconds()

misspelt = kind("misspelt", dependency=typo)(pages.perform)
"""

STRICT = """
from datetime import datetime
from enum import Enum
from uuid import UUID
from pydantic import ConfigDict
from faultline.work import Context, Payload, kind

class Size(Enum):
    SMALL = "s"

class Strict(Payload):
    model_config = ConfigDict(strict=True)
    due_at: datetime
    sizes: set[Size]
    order: UUID
    count: int = 1

@kind("strict")
def strict(payload: Strict, context: Context) -> object:
    return [payload.due_at.year, payload.sizes, payload.order, payload.count]
"""

SETTINGS = """
import os
from faultline.work import Context, Payload, kind

AT_IMPORT = os.environ["BUCKET"]

@kind("settings")
def settings(payload: Payload, context: Context) -> list[str]:
    return [context.stage, os.environ["STAGE"], os.environ["BUCKET"], AT_IMPORT]
"""
ENVIRONMENT = """
[environment]
BUCKET = "mine-dev"
[stages.dev.environment]
ONLY_IN_DEV = "x"
[stages.prod.environment]
BUCKET = "mine-prod"
"""


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the current folder a project with some kinds."""
    files = {"resize": RESIZE, "settings": SETTINGS, "pages": PAGES, "strict": STRICT}
    monkeypatch.chdir(project(tmp_path, ENVIRONMENT, **files))
    monkeypatch.setattr(sys, "path", [*sys.path])
    kinds.cache_clear()
    yield tmp_path
    kinds.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tasks"]:
        del sys.modules[name]


def test_an_attempt_that_succeeds() -> None:
    assert perform("resize", {"width": 10}, attempt=2) == Succeeded(result={"width": 2.0, "attempt": 2})
    assert perform("greet", {"name": "Ada"}) == Succeeded(result="Hello, Ada!")
    assert perform("echo", {"a": 1}) == Succeeded(result={"a": 1})
    assert perform("resize", {"width": 4}, secrets={"KEY": "s"}) == Succeeded(result="s")


def test_an_attempt_that_fails_is_retried_as_its_policy_says() -> None:
    later = perform("resize", {"width": 1})
    assert isinstance(later, Retries)
    assert later.after_seconds == 30
    assert later.error.category is Category.RATE_LIMIT
    failed = perform("resize", {"width": 5})
    assert isinstance(failed, Retries)
    assert failed.after_seconds == 1
    assert failed.error.category is Category.UNKNOWN
    assert 'File "tasks/resize.py", line ' in str(failed.error.traceback)
    assert isinstance(perform("resize", {"width": 5}, attempt=2), Dies)


@pytest.mark.parametrize(
    ("kind", "payload", "message"),
    [
        ("resize", {"width": 0}, "nothing to see"),
        ("resize", {"width": "x"}, "the payload does not fit resize"),
        ("resize", {"width": 3}, "the result of resize is not JSON"),
        ("nothing", {}, "no kind of work is named nothing; there are: echo, greet, http.request, misspelt,"),
        (
            "pages",
            {"host": ""},
            "the dependency of pages must have a name of 1 to 200 characters, not",
        ),
        ("pages", {"host": "x" * 201}, "the dependency of pages must have a name of 1 to 200 characters"),
    ],
)
def test_what_no_attempt_can_do_dies(kind: str, payload: dict[str, object], message: str) -> None:
    outcome = perform(kind, payload)
    assert isinstance(outcome, Dies)
    assert outcome.error.category is Category.VALIDATION
    assert outcome.error.message.startswith(message)


def test_a_payload_is_json() -> None:
    """A strict model reads times, sets, enums and ids from JSON, and converts nothing else."""
    payload = {"dueAt": "2026-01-01T00:00:00Z", "sizes": ["s"], "order": ID}
    assert perform("strict", payload) == Succeeded(result=[2026, ["s"], ID, 1])
    assert isinstance(perform("strict", payload | {"count": "1"}), Dies)
    for value in (datetime.now(UTC), nan):
        with pytest.raises(ValueError, match=r"^no client could submit this payload: [^\n]+$"):
            perform("strict", payload | {"dueAt": value})
        with pytest.raises(ValueError, match=r"^no client could submit this payload: "):
            run_to_end("strict", payload | {"dueAt": value})


def test_a_result_that_is_too_large_is_omitted() -> None:
    """A result of 2 MB is stored; of a larger one, clients read the size, and the task has succeeded."""
    largest = MAX_RESULT_BYTES - len('{"a":""}')
    assert perform("echo", {"a": "x" * largest}) == Succeeded(result={"a": "x" * largest})
    too_large = Succeeded(
        result={"omitted": True, "bytes": MAX_RESULT_BYTES + 1, "maxBytes": MAX_RESULT_BYTES}
    )
    assert perform("echo", {"a": "x" * (largest + 1)}) == too_large


def test_an_attempt_is_in_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work has the name and the variables of its stage, except for those that the test has set."""
    monkeypatch.delenv("BUCKET", raising=False)
    monkeypatch.setenv("STAGE", "test")
    assert perform("settings", {}) == Succeeded(result=["dev", "dev", "mine-dev", "mine-dev"])
    ended = run_to_end("settings", {}, stage="prod")
    assert ended.outcome == Succeeded(result=["prod", "prod", "mine-prod", "mine-dev"])
    assert (os.environ.get("BUCKET"), os.environ["STAGE"]) == (None, "test")
    monkeypatch.setenv("BUCKET", "mine-dev")  # as `faultline test` does
    in_prod = perform("settings", {}, stage="prod")
    assert in_prod == Succeeded(result=["prod", "prod", "mine-prod", "mine-dev"])
    monkeypatch.setenv("BUCKET", "another")
    in_prod = perform("settings", {}, stage="prod")
    assert in_prod == Succeeded(result=["prod", "prod", "another", "mine-dev"])
    with pytest.raises(UnknownStage, match="unknown stage 'qa'"):
        perform("settings", {}, stage="qa")


def test_a_variable_of_dev_is_absent_in_other_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY_IN_DEV", "x")  # as `faultline test` does
    with variables("prod"):
        assert "ONLY_IN_DEV" not in os.environ
    assert os.environ["ONLY_IN_DEV"] == "x"
    with variables("dev"):
        assert os.environ["ONLY_IN_DEV"] == "x"


def test_the_dependency_is_named_as_in_the_function() -> None:
    outcome = perform("misspelt", {"host": "a"})
    assert isinstance(outcome, Retries)
    assert outcome.error.message == "'Pages' object has no attribute 'hots'"


def test_work_has_the_time_until_it_is_stopped() -> None:
    outcome = perform("pages", {"host": "a"})
    assert isinstance(outcome, Succeeded)
    assert 4 < outcome.result <= 5


def test_an_attempt_may_be_cancelled() -> None:
    stopped = perform("pages", {"host": "a"}, cancelled=True)
    assert isinstance(stopped, Cancelled)
    assert stopped.error.message == "stopped before page 0"
    after_a_page = perform("pages", {"host": "a"}, cancelled=iter([False, True]).__next__)
    assert isinstance(after_a_page, Cancelled)
    assert after_a_page.error.message == "stopped before page 1"
    assert isinstance(perform("greet", {"name": "Ada"}, cancelled=True), Succeeded)
    assert isinstance(perform("resize", {"width": 0}, cancelled=True), Cancelled)


def test_work_is_stopped_at_its_timeout() -> None:
    outcome = perform("resize", {"width": 2})
    assert isinstance(outcome, Retries)
    assert outcome.error.category is Category.SYSTEM
    assert outcome.error.type == "TimedOut"
    assert outcome.error.message == "the work was stopped after 20 s, its timeout"
    assert ", in resize\n" in str(outcome.error.traceback)


def test_a_task_runs_to_its_end_on_a_clock_of_its_own() -> None:
    ended = run_to_end("greet", {"name": "Ada"}, failing=["NETWORK", "NETWORK"])
    assert [type(each) for each in ended.attempts] == [Retries, Retries, Succeeded]
    assert ended.seconds == 1 + 2
    [first, *_] = ended.attempts
    assert isinstance(first, Retries)
    assert first.error.simulated
    assert first.error.traceback is None
    assert isinstance(run_to_end("greet", {"name": "Ada"}, failing=["NETWORK"] * 3).outcome, Dies)
    once = run_to_end("resize", {"width": 10}, failing=["VALIDATION"])
    assert len(once.attempts) == 1
    assert isinstance(once.outcome, Dies)


def test_a_kind_that_is_never_imported_fails_the_test(mine: Path) -> None:
    (mine / "tasks" / "images").mkdir()
    (mine / "tasks" / "images" / "swatch.py").write_text(KIND)
    with pytest.raises(InvalidProject, match=r"^tasks/images/swatch\.py:8: is not imported, since"):
        perform("echo", {})


def test_a_module_that_cannot_be_imported_fails_the_test(mine: Path) -> None:
    (mine / "tasks" / "bad.py").write_text("import nowhere\n" + KIND)
    with pytest.raises(InvalidProject, match=r"^tasks/bad\.py:1: ModuleNotFoundError"):
        perform("echo", {})
