"""A scene of the demonstration: tasks are submitted, and followed until they have ended."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from rich.console import Console

from faultline.cli.demonstration.plan import Planned
from faultline.cli.demonstration.report import Tasks, broken_promises
from faultline.cli.demonstration.screen import Screen
from faultline.cli.demonstration.watch import Watch
from faultline.client.api import ApiClient

CLIENTS = 8
SECONDS_TO_END = 90.0


@dataclass
class Scene:
    """The tasks of a scene that were accepted, as they were last seen.

    Attributes:
        broken: what was not as promised, a line each.
    """

    console: Console
    watch: Watch
    accepted: list[Planned] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def tasks(self) -> Tasks:
        return self.watch.tasks

    def follow(self, *, generation: int = 0) -> Iterator[None]:
        """Show what happens until all tasks have ended in this generation; what was shown before is not."""
        watch = replace(self.watch, generation=generation)
        with Screen(self.console, total=len(self.accepted)) as screen:
            for steps in watch.until_ended(SECONDS_TO_END):
                screen.show(steps, watch.tasks)
                yield

    def ends(self, effects: Mapping[str, int]) -> None:
        """Hold what came of the tasks against what was promised."""
        self.broken += broken_promises(self.accepted, self.tasks, effects)


def begin(api: ApiClient, console: Console, planned: list[Planned]) -> Scene:
    """Submit tasks from some clients at once.

    Raises:
        ApiUnreachable: the API does not answer.
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
