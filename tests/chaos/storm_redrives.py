"""Bulk redrives in a storm by two callers at once, and checks of their effects."""

import itertools
import random
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task
from tests.chaos.plan import Plan
from tests.e2e.stack import Stack
from tests.eventually import eventually

CALLERS = 2
LIMIT = 2
"""Limit of each call, small enough for the callers' ranges to overlap."""
INTERRUPTED_SHARE = 0.5
"""Share of the answers that are treated as lost: their calls are repeated with the same token."""
_SURELY_WRITTEN = timedelta(seconds=10)
"""Time until a death is in the table, since its timestamp is from before its write."""


@dataclass
class Redrives:
    """Several redrives of all dead letters, each made by all callers with the same filter.

    Attributes:
        rounds: `diedBefore` of each round.
        done: Number of tasks that responses reported as redriven.
        interrupted: Number of repeated calls.
    """

    plan: Plan
    stack: Stack
    rounds: list[datetime] = field(default_factory=list)
    done: int = 0
    interrupted: int = 0
    failures: list[BaseException] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def during_the_storm(self) -> Iterator[None]:
        """Redrive as planned beside the block, wait, and raise the first failure."""
        thread = threading.Thread(target=self._as_planned, name="redrives", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _as_planned(self) -> None:
        begun = time.monotonic()
        try:
            for at in self.plan.redrives:
                time.sleep(max(0, begun + at - time.monotonic()))
                self.redrive_all()
        except BaseException as error:  # noqa: BLE001 # told to the thread that waits
            self.failures.append(error)

    def redrive_all(self) -> None:
        """Redrive the current dead letters, and none that die later."""
        before = datetime.fromisoformat(rfc3339(datetime.now(UTC)))
        self.rounds.append(before)
        seeds = [f"{self.plan.seed}/{len(self.rounds)}/{caller}" for caller in range(CALLERS)]
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(lambda seed: self._go_through(before, random.Random(seed)), seeds))

    def _go_through(self, before: datetime, chance: random.Random) -> None:
        """Repeat the call until it reports no more dead letters; other callers may redrive some of them."""
        body: dict[str, Any] = {"filter": {"diedBefore": rfc3339(before)}, "limit": LIMIT}
        more = True
        while more:
            answer = eventually(lambda: self._call(body), what="redrives are answered", every=0.2)
            with self._lock:
                self.done += answer.body["done"]
            assert not answer.body["failed"], answer.body
            if chance.random() < INTERRUPTED_SHARE:
                self._interrupt()
                continue
            more = answer.body["more"]
            body["nextToken"] = answer.body.get("nextToken")

    def _call(self, body: dict[str, Any]) -> Answer | None:
        try:
            answer = self.stack.api.redrive_many(body)
        except ApiUnreachable:
            self._interrupt()
            return None
        if answer.ok:
            return answer
        assert answer.status >= 500, answer.problem()
        self._interrupt()
        return None

    def _interrupt(self) -> None:
        with self._lock:
            self.interrupted += 1

    def done_for_earlier_deaths(self, dead: Iterable[Task]) -> Iterator[str]:
        """Yield an error if a redrive limited to deaths before all current ones finds a task.

        This is the case of a repeated round whose tasks have died again. In the storm the repetition may come
        too soon for that: tasks wait behind each other for longer than a round takes.
        """
        before = min(each.history[-1].at for each in dead)
        answer = eventually(
            lambda: self._call({"filter": {"diedBefore": rfc3339(before)}}),
            what="a redrive is answered",
            every=0.2,
        )
        if answer.body["matched"]:
            yield f"asked for deaths before {before:%M:%S.%f}, redriven: {answer.body}"

    def wrongly_done(self, tasks: Iterable[Task]) -> Iterator[str]:
        """Yield an error for each redrive outside a round, remaining dead letter, and false answer.

        A round's deaths come before it, and its redrives after it. A task dies again only after its redrive,
        so no round lies between that death and a second redrive by the same round.
        """
        redriven = 0
        for task in tasks:
            steps = list(itertools.pairwise(task.history))
            of_task = [(was.at, now.at) for was, now in steps if was.status is Status.DEAD_LETTERED]
            redriven += len(of_task)
            if len(of_task) != task.generation:
                yield f"{task.task_id}: generation {task.generation} after {len(of_task)} redrives"
            for died, again in of_task:
                if not any(died < each <= again for each in self.rounds):
                    yield f"{task.task_id}: died {died:%M:%S.%f}, redriven for no round {again:%M:%S.%f}"
            ended = task.history[-1].at
            if task.status is Status.DEAD_LETTERED and ended < self.rounds[-1] - _SURELY_WRITTEN:
                yield f"{task.task_id}: dead since {ended:%M:%S.%f}, and left by the last round"
        if self.done > redriven:
            yield f"answers tell of {self.done} redrives, histories of {redriven}"
