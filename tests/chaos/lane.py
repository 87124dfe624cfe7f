"""The tasks of an ordering key, as a state machine that runs against a real table."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)

from lambdas.application.cancellation import Cancellation
from lambdas.application.dispatch import Dispatcher
from lambdas.application.expiry import Expiry
from lambdas.application.ordering import Ordering, waits_for_turn
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.serialization import rfc3339
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.http.problems import ApiError
from lambdas.manage_tasks.run import Runner
from lambdas.messaging.redelivery import Redeliver
from lambdas.process_task.consumer import Consumer
from lambdas.process_task.received import ReceivedBatch, ReceivedMessage, read_body
from lambdas.store.table import TaskTable
from lambdas.work.kinds import KINDS
from tests.chaos.adversary import (
    AnyOrder,
    Crashed,
    DeadLetters,
    Fate,
    Holds,
    Message,
    MortalClient,
    ScriptedWorker,
    _numbers,
)
from tests.chaos.lane_checks import BEGINNING, LEASE_SECONDS, Checked

OUTCOMES = [
    "succeeds",
    "is retried",
    "is given up",
    "waits for a circuit",
    "is cancelled and fails",
    "crashes",
]
# The number of calls, and whether the last of them is made.
DEATHS = st.none() | st.tuples(st.integers(1, 12), st.booleans())


class Key(Checked):
    """The rules of a state machine for one ordering key."""

    @initialize()
    def begin(self) -> None:
        self.now = BEGINNING
        self.key = f"key-{next(_numbers)}"
        self.fate = Fate()
        self.somebody_died = False
        self.outcome = "succeeds"
        self.task_ids: list[str] = []
        self.lane: list[str] = []
        self.messages: list[Message] = []
        client: Any = MortalClient(self.bare.client, self.fate)
        self.table = TaskTable(client, self.bare.name, self.bare.objects, retention=timedelta(days=1))
        queue: Any = AnyOrder(messages=self.messages, fate=self.fate)
        dead_letters: Any = DeadLetters(fate=self.fate)
        self.dispatcher = Dispatcher(table=self.table, queue=queue, now=self._tick)
        self.ordering = Ordering(table=self.table, dispatcher=self.dispatcher, now=self._tick)
        self.expiry = Expiry(table=self.table, ordering=self.ordering, now=self._tick)
        holds: Any = Holds(fate=self.fate)
        self.holds: Holds = holds
        self.runner = Runner(
            table=self.table,
            queue=queue,
            dispatcher=self.dispatcher,
            ordering=self.ordering,
            half_open=lambda _: None,
            holds=holds,
            now=self._tick,
        )
        cancellation = Cancellation(ordering=self.ordering, now=self._tick)
        worker: Any = ScriptedWorker(
            cancellation=cancellation,
            table=self.table,
            ordering=self.ordering,
            now=self._tick,
            outcome=lambda: self.outcome,
            seen=self._may_run,
        )
        self.consumer = Consumer(
            table=self.table,
            dead_letters=dead_letters,
            ordering=self.ordering,
            cancellation=cancellation,
            expiry=self.expiry,
            worker=worker,
            kinds=KINDS,
            queue=queue,
            holds=holds,
            max_receive_count=3,
            now=self._tick,
        )

    @precondition(lambda self: len(self.task_ids) < 6)
    @rule(later=st.booleans(), expires=st.booleans(), dies=DEATHS)
    def submit(self, later: bool, expires: bool, dies: tuple[int, bool] | None) -> None:
        task_id = f"task-{next(_numbers)}"
        options = {"runAt": "2026-12-31T00:00:00Z"} if later else {}
        if expires:
            soon = self.now + timedelta(seconds=3 * LEASE_SECONDS)
            options["expiresAt"] = "2027-01-01T00:00:00Z" if later else rfc3339(soon)
        submission = Submission.model_validate({"payload": {}, "orderingKey": self.key, **options})
        task = accepted(submission, task_id=task_id, max_attempts=3, correlation_id="c", at=self._tick())

        def submit() -> None:
            outcome = self.table.accept(task, submission.fingerprint())
            if outcome.task.status is Status.PENDING:
                send = self.dispatcher.send if outcome.created else self.dispatcher.dispatch
                send(outcome.task)

        self.task_ids.append(task_id)
        self._do(submit, dies)
        if self.somebody_died:
            self._do(submit)  # the client got no answer, and repeats the call
        assert self._task(task_id).status in (Status.SCHEDULED if later else Status.QUEUED, Status.PENDING)

    @precondition(lambda self: self.messages)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(OUTCOMES),
        twice=st.booleans(),
        dies=DEATHS,
    )
    def deliver(self, data: st.DataObject, outcome: str, twice: bool, dies: tuple[int, bool] | None) -> None:
        message = data.draw(st.sampled_from(self.messages))
        self.outcome = outcome
        self._deliver(message, dies)
        if twice:
            self._deliver(message)

    @precondition(lambda self: any(not task.status.ended for task in self._tasks()))
    @rule(data=st.data(), dies=DEATHS)
    def cancel(self, data: st.DataObject, dies: tuple[int, bool] | None) -> None:
        task = data.draw(st.sampled_from([task for task in self._tasks() if not task.status.ended]))

        def cancel() -> None:
            moved = self.table.cancelled(task, at=self._tick())
            if moved.done:
                self.ordering.pass_turn(moved.task)
            elif moved.task.status is Status.PROCESSING:
                self.table.ask_to_cancel(moved.task, by=Requester())

        self._do(cancel, dies)

    @precondition(lambda self: self.task_ids)
    @rule(data=st.data(), dies=DEATHS)
    def run_now(self, data: st.DataObject, dies: tuple[int, bool] | None) -> None:
        """Request the immediate run of a task, which may be waiting for its turn."""
        task_id = data.draw(st.sampled_from(self.task_ids))

        def run() -> None:
            found = self.table.snapshot(task_id)
            assert found
            with suppress(ApiError):
                self.runner.run(found, by=Requester())

        self._do(run, dies)

    @precondition(lambda self: self._any(Status.DEAD_LETTERED))
    @rule(dies=DEATHS)
    def redrive(self, dies: tuple[int, bool] | None) -> None:
        task = self._any(Status.DEAD_LETTERED)
        assert task

        def redrive() -> None:
            moved = self.table.redriven(task, at=self._tick())
            if moved.done:
                self.dispatcher.dispatch(moved.task)

        self._do(redrive, dies)

    @rule()
    def pause_or_resume(self) -> None:
        """Pause or resume the kind of the tasks, as an operator does."""
        self.holds.paused = not self.holds.paused

    @rule(dies=DEATHS)
    def release(self, dies: tuple[int, bool] | None) -> None:
        """Look at every task again, as a late pass of release_tasks does."""
        self._do(self._release, dies)

    def teardown(self) -> None:
        """Check that all tasks end after the last death of a function.

        If no function has died, tasks get their turn without a search by release_tasks.
        """
        if not hasattr(self, "key"):
            return
        self.outcome = "succeeds"
        self.holds.paused = False
        for _ in range(100):
            self.now += timedelta(seconds=2 * LEASE_SECONDS)
            for message in list(self.messages):
                self._deliver(message)
            if not self.messages:
                open_ones = [task for task in self._tasks() if not task.status.ended]
                if not open_ones:
                    return
                if not self.somebody_died:
                    forgotten = [task for task in open_ones if waits_for_turn(task)]
                    assert len(forgotten) < len(open_ones), self._told(open_ones)
                self._do(self._release)
        raise AssertionError(self._told(self._tasks()))

    def _release(self) -> None:
        for task in self._tasks():
            self.expiry.check(task.task_id)
        for task in self._tasks():
            match task.status:
                case Status.PENDING:
                    self.dispatcher.dispatch(task)
                case Status.PARKED if waits_for_turn(task):
                    if self.somebody_died:
                        self.ordering.await_turn(task)
                case Status.PARKED if task.waits_for is Wait.PAUSE and self.holds.paused:
                    pass
                case Status.PARKED | Status.SCHEDULED:
                    released = self.table.released(task, at=self._tick())
                    if released:
                        self.dispatcher.dispatch(released)

    def _deliver(self, message: Message, dies: tuple[int, bool] | None = None) -> None:
        message.receives += 1
        received = ReceivedMessage(
            message_id=message.id,
            message_group="group",
            receipt_handle="handle",
            receive_count=message.receives,
            body=message.body,
            message=read_body(message.body),
            claimant=f"{message.id}/{next(_numbers)}",
            remaining_seconds=lambda: LEASE_SECONDS,
            began_with_seconds=LEASE_SECONDS,
        )

        def consume() -> None:
            if message.id in self.consumer.park_followers(ReceivedBatch([received])):
                acknowledge()
                return
            try:
                self.consumer.consume(received)
            except Redeliver:
                return
            except Crashed:
                self.now += timedelta(seconds=2 * LEASE_SECONDS)
                return
            acknowledge()

        def acknowledge() -> None:
            if message in self.messages:
                self.messages.remove(message)

        self._do(consume, dies)
