"""Report of the demonstration: how the tasks ended, why, and whether all promises were kept."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from faultline.cli import display
from faultline.cli.listing import Listing
from faultline.cli.program import pasteable
from faultline.operations.demonstration.plan import Planned

type Tasks = Mapping[str, Mapping[str, Any]]

WHY = {
    "VALIDATION": "permanent: a retry cannot help, so it was not retried",
    "NETWORK": "could not be reached in time, three times",
    "RATE_LIMIT": "the server limited the rate, three times",
    "SYSTEM": "the server failed, three times",
    "UNKNOWN": "an unclassified error, three times",
}


def broken_promises(accepted: list[Planned], tasks: Tasks, effects: Mapping[str, int]) -> list[str]:
    """Return a line for each broken promise; every accepted task must end once, and as planned."""
    broken = []
    for planned in accepted:
        task = tasks.get(planned.task_id)
        if task is None:
            broken.append(f"{planned.task_id} was accepted and is lost")
            continue
        status = task["status"]
        if status not in ("SUCCEEDED", "DEAD_LETTERED"):
            broken.append(f"{planned.task_id} has not ended; it is {status}")
        elif planned.ends is not None and status != planned.ends:
            broken.append(f"{planned.task_id} ended {status} instead of {planned.ends}")
        if planned.submission.get("type") == "http.request":
            count = sum(effects.get(f"{planned.task_id}:{n}", 0) for n in range(task["generation"] + 1))
            if count != (1 if status == "SUCCEEDED" else 0):
                broken.append(f"{planned.task_id} is {status}, and its request was served {count} times")
    return broken


def outcome_table(tasks: Tasks) -> Listing:
    """Create a listing of the outcomes, with the number of tasks and the reason for each."""
    succeeded = [task for task in tasks.values() if task["status"] == "SUCCEEDED"]
    dead = Counter(task["error"]["category"] for task in tasks.values() if task["status"] == "DEAD_LETTERED")
    table = Listing("outcome", "tasks", "why", key=False, prose=True, right=("tasks",))
    at_once = sum(task["attempts"] == 1 for task in succeeded)
    table.add(Text("succeeded", style="green"), str(at_once), "with the first attempt")
    for attempts in (2, 3):
        count = sum(task["attempts"] == attempts for task in succeeded)
        why = f"a transient error, retried after a delay; attempt {attempts} succeeded"
        table.add(Text("succeeded", style="green"), str(count), why)
    for category, count in sorted(dead.items()):
        table.add(Text("dead-lettered", style="red"), str(count), f"{category}: {WHY[category]}")
    return table


def print_report(console: Console, accepted: list[Planned], tasks: Tasks) -> None:
    """Print the outcomes, and the history of one task."""
    console.print("\n[bold]What happened, and why[/]")
    console.print(outcome_table(tasks), soft_wrap=True)
    shown = next(planned for planned in accepted if planned.task_id.startswith("system-2x"))
    if shown.task_id in tasks:
        console.print(f"\n[bold]One task's history[/]: {shown.task_id}, {shown.story}")
        console.print(display.history_table(dict(tasks[shown.task_id])), soft_wrap=True)
        console.print(
            "No thread slept for a retry: the message became visible again on the queue after the delay."
        )


def print_next_steps(console: Console) -> None:
    """Print commands to try next."""
    console.print("\n[bold]What to try next[/]")
    for command, why in (
        ("faultline up --detach", "a sandbox that keeps running; faultline down stops it"),
        (
            """faultline submit '{"a": 1}' --id mine --simulate '{"error": "SYSTEM"}'""",
            "a task that becomes a dead letter",
        ),
        ("faultline tasks --status DEAD_LETTERED", "the dead letters"),
        ("faultline redrive --all", "redrive them"),
        ("faultline circuits", "which task opened which circuit, and why"),
        ("faultline trace mine", "the calls made for a task, with their times"),
        ("faultline console", "all of this in a browser"),
    ):
        console.print(f"  [dim]# {why}[/]\n  {pasteable(command)}", soft_wrap=True)
