"""Scene of an outage: a server is down for some seconds, and its circuit opens."""

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.markup import escape

from faultline.cli.demonstration.report import Tasks
from faultline.cli.demonstration.scene import Scene, begin
from faultline.client.api import ApiClient
from faultline.operations.demonstration import flaky_server
from faultline.operations.demonstration.plan import name_of_run, requests

TASKS = 10
MAX_OUTAGE_SECONDS = 10.0
"""Maximum duration of the outage in seconds; it ends earlier if all tasks are parked."""


def play(api: ApiClient, console: Console, circuits: Callable[[], list[dict[str, Any]]]) -> Scene:
    """Play the scene: the circuit of a server opens, and closes when the server is back."""
    console.print(
        f"\n[bold]An outage[/]: {TASKS} requests to a server that answers 503 for some seconds. Failures in\n"
        "a row open its circuit: tasks are parked, no request is made, and no attempt is used. After a\n"
        "while one task may try; when it succeeds, the circuit closes, and the others follow."
    )
    run = name_of_run()
    story = "a server that is down for some seconds"
    names = [f"outage-{n:02}-{run}" for n in range(1, TASKS + 1)]
    opened: dict[str, Any] | None = None
    with flaky_server.running() as server:
        planned = requests(server.url, [(name, "down", story, "SUCCEEDED") for name in names])
        began = time.monotonic()
        scene = begin(api, console, planned)
        down = True
        for _ in scene.follow():
            seconds = time.monotonic() - began
            if down and (_all_wait(scene.tasks) or seconds > MAX_OUTAGE_SECONDS):
                # Read before the repair, since the circuit may open again later for another task.
                opened = next((each for each in circuits() if server.url.endswith(each["name"])), None)
                server.repair()
                down = False
                console.print(f"[bold]The server is back[/] after {seconds:.0f} s")
        scene.ends(server.effects())
    _report(console, scene.tasks, opened)
    return scene


def _all_wait(tasks: Tasks) -> bool:
    return len(tasks) == TASKS and all(task["status"] == "PARKED" for task in tasks.values())


def _report(console: Console, tasks: Tasks, opened: dict[str, Any] | None) -> None:
    parked = [sum("circuit" in entry for entry in task["history"]) for task in tasks.values()]
    if opened:
        why = f" ({opened['category']}: {opened['message']})" if "message" in opened else ""
        by = opened.get("openedBy", "an unknown task")
        console.print(escape(f"\nThe circuit of {opened['name']} was opened by {by}{why}."))
    console.print(
        f"{sum(times > 0 for times in parked)} of {len(parked)} tasks were parked for it, "
        f"and {sum(parked)} attempts saved."
    )
