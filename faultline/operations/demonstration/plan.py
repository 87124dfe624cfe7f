"""The tasks that the demonstration submits, and their expected ends."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lambdas.domain.errors import Category

RANDOM_TASKS = 24


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A task to submit.

    Attributes:
        story: The failure that it shows, in a few words.
        ends: The status that it must end in; None where chance decides.
    """

    submission: dict[str, Any]
    story: str
    ends: str | None

    @property
    def task_id(self) -> str:
        """The id that the task is submitted with."""
        return str(self.submission["taskId"])


def plan(server_url: str) -> list[Planned]:
    """Return failures of each category on purpose, requests to a flaky server, and tasks left to chance.

    `simulate` determines exactly how a task fails, or that it does not; tasks without it fail at the stage's
    rate.
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
    """Return tasks that fail with errors of each category, and recover or not.

    Args:
        run: A suffix for their ids.
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
            story=f"{category} on every attempt" if category.retryable else f"{category}: never repeated",
            ends="DEAD_LETTERED",
        )
        for category in Category
    ]


def requests(url: str, wanted: Iterable[tuple[str, str, str, str]]) -> list[Planned]:
    """Return requests to a server.

    Args:
        url: The server's URL.
        wanted: For each task its id, path, story, and the status that it must end in.
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
    """Return a random suffix for the ids of a run's tasks."""
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
