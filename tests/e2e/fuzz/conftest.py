"""Counts of fuzzed inputs, and the check that every accepted task ends."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from faultline.client.api import Answer
from tests.e2e.stack import ENDED, Stack
from tests.eventually import eventually

LEAST = 10_000
"""Minimum number of inputs in a complete run."""

_COUNT = "fuzzed"


class Fuzzed:
    """Counts of a test's inputs by answer, and the tasks that were accepted."""

    def __init__(self) -> None:
        self.inputs = 0
        self.answers = Counter[int]()
        self.accepted = set[str]()
        self._lock = threading.Lock()

    def add(self, answer: Answer) -> None:
        """Record an answer and any accepted tasks; fail on a 5xx, or on a refusal of the wrong form."""
        with self._lock:
            self.inputs += 1
            self.answers[answer.status] += 1
        assert answer.status < 500, (answer.status, answer.body)
        if answer.status >= 400:
            assert_problem(answer)
        elif isinstance(answer.body, dict):
            found = answer.body.get("results", [answer.body])  # of a batch, or of a task
            self.accepted |= {each["taskId"] for each in found if "taskId" in each and "problem" not in each}


def assert_problem(answer: Answer) -> None:
    """Check that a refusal is a problem of a stable type, with a request id and messages."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer
    problem: dict[str, Any] = answer.body
    assert problem["type"].startswith("urn:faultline:problem:"), problem
    assert problem["title"]
    assert problem["requestId"]
    assert problem.get("status", answer.status) == answer.status
    assert all(each["message"] for each in problem["errors"])


@pytest.fixture
def fuzzed(stack: Stack, record_property: Any) -> Iterator[Fuzzed]:
    """Collect the accepted tasks, require that all of them end, and report the number of inputs."""
    found = Fuzzed()
    yield found
    record_property(_COUNT, found.inputs)
    waiting = dict.fromkeys(found.accepted, "")

    def all_ended() -> bool:
        for task_id in sorted(waiting)[:50]:
            status = stack.task(task_id)["status"]
            if status == "SCHEDULED":  # for a time that is far away
                status = "CANCELLED" if stack.cancel(task_id).ok else status
            waiting[task_id] = status
            if status in ENDED:
                del waiting[task_id]
        return not waiting

    try:
        eventually(all_ended, within=180, every=0.2)
    except AssertionError as error:
        left = {task_id: stack.task(task_id) for task_id in list(waiting)[:5]}
        raise AssertionError(f"{len(waiting)} of what was accepted has not ended: {left}") from error


def trying(inputs: int) -> Any:
    """Configure Hypothesis for a number of inputs, without shrinking, which would take too long."""
    return settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="session")
def seed() -> int:
    """Return `FAULTLINE_SEED`, which selects the inputs of a run; 0 by default."""
    return int(os.environ.get("FAULTLINE_SEED", "0"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = _counts(terminalreporter)
    if counts:
        kinds = ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))
        terminalreporter.write_line(f"fuzzed {counts.total():,} inputs: {kinds}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a complete and successful run that tried fewer than `LEAST` inputs."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    option = session.config.option
    if hasattr(session.config, "workerinput") or reporter is None or option.keyword or session.testsfailed:
        return
    if _counts(reporter).total() < LEAST:
        reporter.write_line(f"fewer than {LEAST:,} inputs were tried")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _counts(reporter: pytest.TerminalReporter) -> Counter[str]:
    """Return the number of inputs by test."""
    counts = Counter[str]()
    for report in (report for reports in reporter.stats.values() for report in reports):
        if getattr(report, "when", None) == "teardown":
            test = report.nodeid.rpartition("::")[2].partition("[")[0].removeprefix("test_")
            counts[test] += sum(number for name, number in report.user_properties if name == _COUNT)
    return counts
