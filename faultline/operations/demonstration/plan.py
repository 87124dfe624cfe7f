"""Plan of the demonstration: the tasks to submit, with their expected final states."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lambdas.domain.errors import Category

RANDOM_TASKS = 24


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A task to submit in the demonstration.

    Attributes:
        story: Short description of the failure that it shows.
        ends: Expected final state; None if it depends on chance.
    """

    submission: dict[str, Any]
    story: str
    ends: str | None

    @property
    def task_id(self) -> str:
        """Id of the task."""
        return str(self.submission["taskId"])


def plan(server_url: str) -> list[Planned]:
    """Return tasks with simulated failures, requests to a flaky server, and tasks that fail at random.

    `simulate` determines exactly whether and how a task fails; tasks without it fail at the stage's rate.
    """
    run = name_of_run()
    return [
        *failures(run),
        *_requests(run, server_url),
        *(
            Planned(
                submission={"taskId": f"chance-{n:02}-{run}", "payload": {"n": n}},
                story="each attempt fails with a chance of 30 %",
                ends=None,
            )
            for n in range(1, RANDOM_TASKS + 1)
        ),
    ]


def failures(run: str) -> list[Planned]:
    """Return tasks that fail with errors of each category, some temporarily and some permanently.

    Args:
        run: Suffix of the task ids.
    """
    return [*_recovering(run), *_hopeless(run)]


def _recovering(run: str) -> list[Planned]:
    return [
        Planned(
            submission={
                "taskId": f"{category.lower().replace('_', '-')}-{failures}x-{run}",
                "payload": {"category": category},
                "simulate": {"failures": failures, "error": category},
            },
            story=f"{category} on the first {'attempt' if failures == 1 else f'{failures} attempts'}",
            ends="SUCCEEDED",
        )
        for category in Category
        if category.retryable
        for failures in (1, 2)
    ]


def _hopeless(run: str) -> list[Planned]:
    return [
        Planned(
            submission={
                "taskId": f"{category.lower().replace('_', '-')}-always-{run}",
                "payload": {"category": category},
                "simulate": {"error": category},
            },
            story=f"{category} on every attempt" if category.retryable else f"{category}: never retried",
            ends="DEAD_LETTERED",
        )
        for category in Category
    ]


def requests(url: str, wanted: Iterable[tuple[str, str, str, str]]) -> list[Planned]:
    """Return tasks that send requests to a server.

    Args:
        url: URL of the server.
        wanted: Id, path, story and expected final state of each task.
    """
    return [
        Planned(
            submission={
                "taskId": task_id,
                "type": "http.request",
                "payload": {"url": f"{url}/{path}", "body": {"order": 4711}, "timeoutSeconds": 1},
                "simulate": {},
            },
            story=story,
            ends=ends,
        )
        for task_id, path, story, ends in wanted
    ]


def name_of_run() -> str:
    """Return a random suffix for the task ids of a run."""
    return uuid.uuid4().hex[:6]


def _requests(run: str, url: str) -> list[Planned]:
    routes = [
        ("ok", "a server that works", "SUCCEEDED"),
        ("flaky", "a server that answers 503 once", "SUCCEEDED"),
        ("busy", "a server that answers 429, Retry-After: 2", "SUCCEEDED"),
        ("slow", "a server that is too slow once", "SUCCEEDED"),
        ("missing", "a server that answers 404", "DEAD_LETTERED"),
    ]
    return requests(url, [(f"http-{path}-{run}", path, story, ends) for path, story, ends in routes])
