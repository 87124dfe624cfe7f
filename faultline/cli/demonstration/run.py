"""The demonstration, from the first submission to the verdict."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from faultline.cli.demonstration import fix, outage
from faultline.cli.demonstration.explain import show_trace
from faultline.cli.demonstration.report import print_next_steps, print_report
from faultline.cli.demonstration.scene import Scene, begin
from faultline.cli.dlq_report import show as show_report
from faultline.client.api import ApiClient
from faultline.operations.demonstration import flaky_server
from faultline.operations.demonstration.plan import plan
from faultline.operations.spans import Span


def run(
    api: ApiClient,
    console: Console,
    *,
    circuits: Callable[[], list[dict[str, Any]]],
    trace: Callable[[str], list[Span]],
    dead_letters: Callable[[datetime], dict[str, Any]],
) -> list[str]:
    """Play all scenes, and explain what happened.

    Args:
        api: Client of the stage's API.
        console: Console to print to.
        circuits: Function that reads the circuits (`faultline.operations.circuits.read_circuits`).
        trace: Function that reads a trace by its id (`faultline.operations.traces.read_trace`).
        dead_letters: Function that reads the report on dead letters since a time
            (`faultline.operations.dead_letter_report.read_report`).

    Returns:
        A line for each broken promise; empty if all promises were kept.

    Raises:
        ApiUnreachable: If the API does not respond.
    """
    began = datetime.now(UTC)
    scenes = [_failures(api, console), outage.play(api, console, circuits), fix.play(api, console)]
    broken = [line for scene in scenes for line in scene.broken]
    broken += show_trace(console, scenes[0].tasks, trace)
    console.print("\n[bold]What the dead letters have in common[/]: faultline dlq report")
    show_report(dead_letters(began))
    if broken:
        console.print("\n[red]Not as promised:[/]")
        for line in broken:
            console.print(f"  {line}", markup=False)
    else:
        console.print(
            f"\n[green]All {sum(len(scene.accepted) for scene in scenes)} accepted tasks have ended, "
            "none was lost, and no request was served twice.[/]"
        )
        print_next_steps(console)
    return broken


def _failures(api: ApiClient, console: Console) -> Scene:
    """Play the first scene: simulated failures of each category, and random failures."""
    with flaky_server.running() as server:
        scene = begin(api, console, plan(server.url))
        for _ in scene.follow():
            pass
        scene.ends(server.effects())
    print_report(console, scene.accepted, scene.tasks)
    return scene
