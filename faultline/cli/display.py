"""Output of the commands: consoles, colours, and tables of tasks and circuits."""

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from faultline.cli.control_characters import Escaping
from faultline.cli.listing import Listing
from faultline.cli.program import pasteable

if TYPE_CHECKING:
    from pydantic import BaseModel

_IS_TERMINAL = bool(sys.stdout and sys.stdout.isatty())

# Texts are printed unchanged: `:ab:` in an id is not an emoji, and a payload contains no markup. Long lines
# are left to the terminal, which wraps them and copies them whole. In a pipe, each row of a table is one
# line.
out = Console(
    width=None if _IS_TERMINAL else 1_000_000, soft_wrap=True, highlight=False, markup=False, emoji=False
)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
with_markup = Console(width=None if _IS_TERMINAL else 140, highlight=False, emoji=False)
"""Console for the demonstration, whose texts contain markup."""

for _console in (out, err, with_markup):
    _console.push_render_hook(Escaping())

COLORS = {
    "SCHEDULED": "dim",
    "PENDING": "dim",
    "QUEUED": "cyan",
    "PROCESSING": "blue",
    "RETRYING": "yellow",
    "PARKED": "magenta",
    "SUCCEEDED": "green",
    "DEAD_LETTERED": "red",
    "CANCELLED": "dim",
    "EXPIRED": "dim",
}
CIRCUIT_COLORS = {"CLOSED": "green", "HALF_OPEN": "yellow", "OPEN": "red"}

_REQUESTER = {"principal": "principal", "apiKeyId": "API key", "sourceAddress": "address"}


def say(line: str) -> None:
    """Print a line to standard error; commands in it can be pasted into a shell."""
    err.print(pasteable(line))


def as_json(answer: "BaseModel") -> dict[str, Any]:
    """Convert a response of the API back to JSON."""
    return answer.model_dump(mode="json", by_alias=True, exclude_unset=True)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    print(json.dumps(value, indent=2))


def status(value: str) -> Text:
    """Return a task's status as coloured text."""
    return Text(value, style=COLORS.get(value, ""))


def say_if_asked_to_stop(task: dict[str, Any]) -> None:
    """Say on standard error that a running task was asked to stop, which its status does not show."""
    if task["status"] == "PROCESSING" and task.get("cancelRequested"):
        say(f"{task['taskId']} is running and was asked to stop; if its attempt fails, it is cancelled")


def task_table(tasks: list[dict[str, Any]]) -> Listing:
    """Create a listing of tasks."""
    table = Listing("task", "type", "status", "attempts", "error", "submitted")
    for task in tasks:
        error = task.get("error") or {}
        table.add(
            task["taskId"],
            task["type"],
            status(task["status"]),
            f"{task['attempts']}/{task['maxAttempts']}",
            error.get("category", ""),
            task["submittedAt"],
        )
    return table


def history_table(task: dict[str, Any]) -> Listing:
    """Create a listing of a task's history."""
    table = Listing("at", "status", "attempt", "what happened", key=False, prose=True)
    for entry in task["history"]:
        table.add(entry["at"], status(entry["status"]), str(entry.get("attempt", "")), _description(entry))
    return table


def analysis_table(analysis: dict[str, Any]) -> Listing:
    """Create a listing of a dead letter's analysis."""
    pattern = analysis["retryPattern"]
    delays = ", ".join(f"{seconds:g} s" for seconds in pattern["delaySeconds"]) or "none"
    states = ", ".join(f"{state} {seconds:g} s" for state, seconds in analysis["secondsIn"].items())
    table = Listing("analysis", "", key=False, prose=True)
    table.add("given up for", f"{analysis['category']}, {pattern['outcome']}")
    table.add("attempts", str(analysis["attempts"]))
    table.add("failed", f"from {analysis['firstFailureAt']} to {analysis['lastFailureAt']}")
    table.add("delays", delays)
    table.add("time in states", states)
    return table


def circuit_table(circuits: list[dict[str, Any]]) -> Listing:
    """Create a listing of circuits."""
    table = Listing("circuit", "state", "opened", "by", "why", prose=True)
    for circuit in circuits:
        failed = f"{circuit['category']}: {circuit['message']}" if "message" in circuit else ""
        table.add(
            circuit["name"],
            Text(circuit["state"], style=CIRCUIT_COLORS.get(circuit["state"], "")),
            circuit.get("openedAt", ""),
            "an operator" if circuit.get("byHand") else circuit.get("openedBy", ""),
            failed or circuit.get("reason", ""),
        )
    return table


def _description(entry: dict[str, Any]) -> str:
    """Describe an entry of a task's history without its status."""
    said = []
    if "omitted" in entry:
        said.append(f"({entry['omitted']} earlier entries are no longer kept)")
    if "generation" in entry:
        corrected = " with a corrected payload" if "amended" in entry else ""
        said.append(f"redriven{corrected}: generation {entry['generation']}")
    if error := entry.get("error"):
        said.append(f"{error['category']}: {error['message']}")
    if "retryDelaySeconds" in entry:
        said.append(f"(retry in {entry['retryDelaySeconds']} s)")
    if "circuit" in entry:
        said.append(f"the circuit of {entry['circuit']} is open; no attempt was used")
    elif entry.get("waitsFor") == "PAUSE":
        said.append("its kind is paused")
    elif entry["status"] == "PARKED" and "retryDelaySeconds" not in entry:
        said.append("waits for its turn")
    if by := entry.get("requestedBy", {}):
        said.append(
            f"requested by {', '.join(f'{_REQUESTER[key]} {by[key]}' for key in _REQUESTER if key in by)}"
        )
    return " ".join(said)
