"""Examples of `docs/api.md`: running them, and comparing the answers with those on the page."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.documents import ROOT
from tests.e2e.stack import Stack

_EXAMPLE = re.compile(
    r"^#### (?P<title>[^\n]+)\n\n```sh\n(?P<command>.*?)```\n\n"
    r"`(?P<status>\d{3}) [^`]+`(?P<headers>[^\n]*)\n\n```json\n(?P<body>.*?)```$",
    re.DOTALL | re.MULTILINE,
)
# Names in the page's examples, which each run replaces with its own.
_NAME = re.compile(r"\b(invoice|reminder|hook|order|customer|import)-(?=\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_WRITTEN = datetime(2026, 11, 28, 9, tzinfo=UTC)
"""The page's current time. Times in requests are shifted by the period from then to now."""
_OPAQUE = {
    *("apiKeyId", "correlationId", "formerPayload", "nextToken", "requestId", "sourceAddress", "traceback"),
    "traceId",
}
_VARYING = {"count", "delaySeconds", "retryDelaySeconds", "seconds", "secondsIn", "total", "value"}
# The answer includes the effects of other tests in the same stage.
_OF_ALL = {"byCategory", "byReason", "counts", "openCircuits", "pausedKinds", "oldestWaiting"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An example on the page."""

    title: str
    command: str
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def changes_nothing(self) -> bool:
        """Whether the call may be repeated until it gets the shown answer."""
        return not re.search(r" -X | -d ", self.command) or '"dryRun": true' in self.command


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The answer to a command, with the page's names in place of this run's."""

    status: int
    headers: dict[str, str]
    body: Any


def shown(section: str | None = None) -> list[Shown]:
    """Return the examples of a section, or of all sections, in the order of the page."""
    text = (ROOT / "docs/api.md").read_text()
    if section is not None:
        text = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [
        Shown(
            title=found["title"],
            command=found["command"],
            status=int(found["status"]),
            headers=dict(re.findall(r"`([\w-]+): ([^`]+)`", found["headers"])),
            body=json.loads(found["body"]),
        )
        for found in _EXAMPLE.finditer(text)
    ]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A runner of the page's commands in a shell.

    Attributes:
        stack: The stack that the commands call.
        run: A part that is inserted into the page's names to make them unique to this run.
        places: The page's URLs, each with the test's URL that replaces it.
    """

    stack: Stack
    run: str
    places: dict[str, str]

    def ours(self, text: str) -> str:
        """Replace the page's URLs, times and names in a text with those of this run."""
        for place, own in self.places.items():
            text = text.replace(place, own)
        away = datetime.now(UTC) - _WRITTEN
        text = _TIME.sub(lambda found: (datetime.fromisoformat(found[0]) + away).isoformat(), text)
        return _NAME.sub(rf"\1-{self.run}-", text)

    def theirs(self, text: str) -> str:
        """Replace this run's URLs and names in a text with those of the page."""
        for place, own in self.places.items():
            text = text.replace(own, place)
        return text.replace(f"-{self.run}-", "-")

    def answered(self, example: Shown) -> Answered:
        """Run an example and return its answer."""
        key = '-H @<(echo "X-Api-Key: $FAULTLINE_API_KEY")' if self.stack.api_key else ""
        command = self.ours(example.command).replace("curl -s", f"curl -sSi {key}", 1)
        environment = {
            **os.environ,
            "API": self.stack.outputs.api_url.rstrip("/"),
            "FAULTLINE_API_KEY": self.stack.api_key or "",
        }
        done = subprocess.run(
            ["bash", "-euc", command], capture_output=True, text=True, timeout=60, env=environment
        )
        assert done.returncode == 0, done.stderr
        head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        start, *lines = head.splitlines()
        return Answered(
            status=int(start.split()[1]),
            headers={
                name.title(): self.theirs(value) for name, value in (line.split(": ", 1) for line in lines)
            },
            body=json.loads(self.theirs(body)),
        )


def differences(example: Shown, answered: Answered) -> list[str]:
    """Return how an answer differs from the shown one, except in values that vary between runs."""
    found = [] if example.status == answered.status else [f"status {answered.status}: {answered.body}"]
    found += [
        f"{name}: {answered.headers.get(name)}"
        for name, value in example.headers.items()
        if answered.headers.get(name) != value
    ]
    wanted, got = example.body, answered.body
    if isinstance(wanted, dict) and wanted.get("status") == "QUEUED" and "history" in wanted:
        wanted, got = _as_queued(wanted), _as_queued(got)
    return [*found, *_compared(wanted, got, "answer")]


def _as_queued(task: dict[str, Any]) -> dict[str, Any]:
    """Return a task as it was before its message was sent, since a fast attempt overtakes the answer."""
    pending = max(n for n, entry in enumerate(task["history"]) if entry["status"] == "PENDING")
    later = {"status", "attempts", "error", "analysis", "result"}
    return {
        **{name: value for name, value in task.items() if name not in later},
        "history": task["history"][: pending + 1],
    }


def _compared(wanted: Any, got: Any, where: str) -> list[str]:
    name = where.rpartition(".")[2]
    match wanted, got:
        case (dict(), dict()):
            others = set() if name in _OF_ALL | _VARYING else {*got} - {*wanted} - _OF_ALL
            missing = {*wanted} - {*got} - ({*wanted} if name in _OF_ALL | _VARYING else set())
            return [
                *(f"{where} has {key}" for key in sorted(others)),
                *(f"{where} lacks {key}" for key in sorted(missing)),
                *(
                    difference
                    for key in sorted(wanted.keys() & got.keys())
                    for difference in _compared(wanted[key], got[key], f"{where}.{key}")
                ),
            ]
        case (list(), list()):
            lengths = [] if name in _OF_ALL or len(wanted) == len(got) else [f"{where} has {len(got)}: {got}"]
            return [
                *lengths,
                *(
                    difference
                    for index, (one, other) in enumerate(zip(wanted, got, strict=False))
                    for difference in _compared(one, other, f"{where}[{index}]")
                ),
            ]
        case _:
            return [] if _same(wanted, got, where) else [f"{where} is {got!r}, not {wanted!r}"]


def _same(wanted: Any, got: Any, where: str) -> bool:
    names = set(re.split(r"[.\[\]]+", where))
    if isinstance(wanted, str) and isinstance(got, str):
        times = _TIME.fullmatch(wanted) and _TIME.fullmatch(got)
        return bool(times) or wanted == got or bool(names & (_OPAQUE | _OF_ALL) and got)
    if names & (_VARYING | _OF_ALL):
        numbers = isinstance(wanted, int | float) and isinstance(got, int | float)
        return numbers or type(wanted) is type(got)
    return type(wanted) is type(got) and bool(wanted == got)
