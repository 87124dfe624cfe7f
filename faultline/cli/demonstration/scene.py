"""Scenes of the demonstration: tasks that are submitted and followed until they end."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from rich.console import Console

from faultline.cli.demonstration.report import Tasks, broken_promises
from faultline.cli.demonstration.screen import Screen
from faultline.cli.demonstration.watch import Watch
from faultline.client.api import ApiClient
from faultline.operations.demonstration.plan import Planned

CLIENTS = 8
MAX_SECONDS = 90.0
"""Time limit in seconds for the tasks of a scene to end."""


@dataclass
class Scene:
    """The accepted tasks of a scene.

    Attributes:
        broken: A line for each broken promise.
    """

    console: Console
    watch: Watch
    accepted: list[Planned] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def tasks(self) -> Tasks:
        """Last known state of the tasks, by id."""
        return self.watch.tasks

    def follow(self, *, generation: int = 0) -> Iterator[None]:
        """Show new events until all tasks have ended in the given generation, or MAX_SECONDS have passed.

        The iterator yields after each read.
        """
        watch = replace(self.watch, generation=generation)
        with Screen(self.console, total=len(self.accepted)) as screen:
            for events in watch.until_ended(MAX_SECONDS):
                screen.show(events, watch.tasks)
                yield

    def ends(self, effects: Mapping[str, int]) -> None:
        """Compare the outcomes with the plan, and record broken promises."""
        self.broken += broken_promises(self.accepted, self.tasks, effects)


def begin(api: ApiClient, console: Console, planned: list[Planned]) -> Scene:
    """Start a scene by submitting its tasks from several clients at the same time.

    Raises:
        ApiUnreachable: If the API does not respond.
    """
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
    return Scene(console=console, watch=watch, accepted=accepted, broken=broken)
