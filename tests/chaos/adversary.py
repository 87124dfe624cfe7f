"""An adversarial queue, a client that may die at any call, and a worker that follows a script."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lambdas.application.cancellation import Cancellation
from lambdas.application.ordering import Ordering
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.message import TaskMessage
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.messaging.redelivery import AttemptFailed, Redeliver
from lambdas.process_task.received import ReceivedMessage
from lambdas.store.table import TaskTable

ERROR = TaskError.of(Category.SYSTEM, "Broken", "it broke")
_numbers = itertools.count()


class Died(BaseException):
    """Raised at a function's simulated death, to end its code."""


class Crashed(Exception):
    """Raised for an attempt that is lost after its claim, as if its function had died."""


@dataclass
class Fate:
    """Death of a function at its `calls`-th call, or never if None; `made` lets that call happen first."""

    calls: int | None = None
    made: bool = False

    def call(self, make: Callable[..., Any], *args: object, **arguments: object) -> object:
        if self.calls is None:
            return make(*args, **arguments)
        self.calls -= 1
        if self.calls > 0:
            return make(*args, **arguments)
        if self.made:
            make(*args, **arguments)
        raise Died


class MortalClient:
    """A DynamoDB client that raises `Died` at the call that its function's fate selects."""

    def __init__(self, client: object, fate: Fate) -> None:
        self._client = client
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "exceptions":
            return method
        return lambda **arguments: self._fate.call(method, **arguments)


@dataclass(eq=False)
class Message:
    body: str
    id: str = field(default_factory=lambda: f"message-{next(_numbers)}")
    receives: int = 0


@dataclass(frozen=True, kw_only=True)
class AnyOrder:
    """A queue that may deliver messages in any order, as the functions do not rely on order."""

    messages: list[Message]
    fate: Fate

    def send(self, task: Task) -> None:
        body = TaskMessage(
            task_id=task.task_id,
            generation=task.generation,
            correlation_id="c",
            predecessor=task.predecessor,
        ).to_body()
        self.fate.call(self.messages.append, Message(body))

    def try_change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Do nothing, since any message may be delivered at any time."""
        self.fate.call(lambda: None)


@dataclass(frozen=True, kw_only=True)
class DeadLetters:
    fate: Fate

    def send(self, task: Task, error: TaskError) -> None:
        self.fate.call(lambda: None)


@dataclass(kw_only=True)
class Holds:
    """The pause of a single kind, with the interface that the consumer and the runner use."""

    fate: Fate
    paused: bool = False

    @property
    def holds(self) -> "Holds":
        return self

    def is_paused(self, kind: str) -> bool:
        return self.paused

    def any_hold(self) -> bool:
        return self.paused

    def note_parked(self, kind: str) -> None:
        self.fate.call(lambda: None)

    def current(self) -> dict[str, None]:
        return {"kind/echo": None} if self.paused else {}


@dataclass(frozen=True, kw_only=True)
class ScriptedWorker:
    """A worker whose attempts have the outcomes that a test chooses; `seen` is called before each."""

    table: TaskTable
    ordering: Ordering
    cancellation: Cancellation
    now: Callable[[], datetime]
    outcome: Callable[[], str]
    seen: Callable[[Task], None]

    def attempt(self, task: Task, received: ReceivedMessage) -> None:
        self.seen(task)
        match self.outcome():
            case "succeeds":
                self.ordering.pass_turn(self.table.succeeded(task, None, at=self.now()).task)
            case "is given up":
                self._give_up(task)
            case "is retried" if task.attempts == task.max_attempts:
                self._give_up(task)
            case "is retried":
                self._retry(task)
            case "is cancelled and fails":
                self.table.ask_to_cancel(task, by=Requester())
                self._retry(task)
            case "waits for a circuit":
                with self.cancellation.cancel_if_requested(task, None):
                    if not self.table.park_for_circuit(task, "a.example", at=self.now()):
                        raise Redeliver("replaced")
            case _:
                raise Crashed

    def _give_up(self, task: Task) -> None:
        with self.cancellation.cancel_if_requested(task, ERROR):
            moved = self.table.dead_lettered(task, ERROR, at=self.now())
            if not moved.done:
                raise Redeliver("replaced")
            self.ordering.pass_turn(moved.task)

    def _retry(self, task: Task) -> None:
        with self.cancellation.cancel_if_requested(task, ERROR):
            if self.table.retrying(task, ERROR, 0, receipt_handle="handle", at=self.now()):
                raise AttemptFailed("to be retried")
            raise Redeliver("replaced")
