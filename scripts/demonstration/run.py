"""The demonstration from the first submission to the verdict."""

from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from scripts.client import ApiClient
from scripts.demonstration import flaky_server
from scripts.demonstration.plan import Planned, plan
from scripts.demonstration.report import broken_promises, print_next_steps, print_report
from scripts.demonstration.screen import Screen
from scripts.demonstration.watch import Watch

CLIENTS = 8
SECONDS_TO_END = 90.0


def run(api: ApiClient, console: Console) -> list[str]:
    """Submit, watch, explain.

    Returns:
        What was not as promised, a line each; empty when all is well.

    Raises:
        ApiUnreachable: the API does not answer.
    """
    with flaky_server.running() as server:
        planned = plan(server.url)
        console.print(f"Submitting {len(planned)} tasks from {CLIENTS} clients to {api.url}/tasks")
        with ThreadPoolExecutor(CLIENTS) as clients:
            answers = list(clients.map(lambda each: api.submit(each.submission), planned))
        accepted: list[Planned] = []
        broken: list[str] = []
        for each, answer in zip(planned, answers, strict=True):
            if answer.status == 202:
                accepted.append(each)
            else:
                broken.append(f"{each.task_id} was not accepted: {answer.problem()}")
        watch = Watch(api=api, wanted=frozenset(each.task_id for each in accepted))
        with Screen(console, total=len(accepted)) as screen:
            for steps in watch.until_ended(SECONDS_TO_END):
                screen.show(steps, watch.tasks)
        broken += broken_promises(accepted, watch.tasks, server.effects())
    print_report(console, accepted, watch.tasks)
    if broken:
        console.print("\n[red]Not as promised:[/]")
        for line in broken:
            console.print(f"  {line}", markup=False)
    else:
        console.print(
            f"\n[green]All {len(accepted)} accepted tasks have ended, none was lost, "
            "and no request was served twice.[/]"
        )
        print_next_steps(console)
    return broken
