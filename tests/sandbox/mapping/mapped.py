"""A queue, a function and the mapping between them, with the function's journal."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.eventually import DEADLINE_SECONDS, eventually

RUNTIME = "python3.13"


@dataclass
class Invocation:
    """One invocation of the function: its records, its start, and its end if it ended."""

    records: list[dict[str, Any]]
    started: float
    ended: float | None = None

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for record in self.records]

    @property
    def groups(self) -> set[str]:
        return {record["attributes"]["MessageGroupId"] for record in self.records}

    def receive_counts(self) -> list[int]:
        return [int(record["attributes"]["ApproximateReceiveCount"]) for record in self.records]


@dataclass
class Mapped:
    """A queue, a function and a mapping, created in steps that a test can omit or repeat."""

    client: Callable[[str], Any]
    role: str
    fifo: bool = True
    queue_attributes: dict[str, str] = field(default_factory=dict)
    function_settings: dict[str, Any] = field(default_factory=dict)
    mapping_settings: dict[str, Any] = field(default_factory=dict)
    mapping: str = ""
    _invocations: dict[str, Invocation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = f"mapped-{uuid.uuid4().hex[:10]}"
        self.sqs, self.functions = self.client("sqs"), self.client("lambda")

    @cached_property
    def journal(self) -> str:
        return str(self.sqs.create_queue(QueueName=f"{self.name}-journal")["QueueUrl"])

    @property
    def queue(self) -> str:
        return str(self.sqs.get_queue_url(QueueName=self._queue_name)["QueueUrl"])

    @property
    def _queue_name(self) -> str:
        return self.name + (".fifo" if self.fifo else "")

    def make(self) -> "Mapped":
        self.make_queue()
        self.make_function()
        self.make_mapping()
        return self

    def make_queue(self) -> None:
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if self.fifo else {}
        attributes = {"VisibilityTimeout": "30", **fifo, **self.queue_attributes}
        self.sqs.create_queue(QueueName=self._queue_name, Attributes=attributes)

    def make_function(self) -> None:
        self.functions.create_function(
            FunctionName=self.name,
            Runtime=RUNTIME,
            Handler="app.handler",
            Role=self.role,
            Code={"ZipFile": _artifact()},
            Environment={"Variables": {"JOURNAL": self.journal}},
            **{"Timeout": 25, "MemorySize": 256, **self.function_settings},
        )

    def make_mapping(self) -> None:
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        made = self.functions.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=self.name, **self.mapping_settings
        )
        self.mapping = made["UUID"]

    def enable(self, enabled: bool = True) -> None:
        self.functions.update_event_source_mapping(UUID=self.mapping, Enabled=enabled)

    @property
    def state(self) -> str:
        return str(self.functions.get_event_source_mapping(UUID=self.mapping)["State"])

    def send(self, body: str | None = None, *, group: str = "group", **demand: Any) -> str:
        """Send a message with a request to the function, or with a given body, and return its id."""
        body = json.dumps({**demand, "nonce": uuid.uuid4().hex}) if body is None else body
        where = {"MessageGroupId": group} if self.fifo else {}
        return str(self.sqs.send_message(QueueUrl=self.queue, MessageBody=body, **where)["MessageId"])

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many messages of the queue are visible, and how many are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return int(attributes[names[0]]), int(attributes[names[1]])

    def invocations(self) -> list[Invocation]:
        """Return all invocations so far, in the order of their start."""
        while messages := self.sqs.receive_message(QueueUrl=self.journal, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self._read(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.journal, ReceiptHandle=message["ReceiptHandle"])
        return sorted(self._invocations.values(), key=lambda each: each.started)

    def _read(self, note: dict[str, Any]) -> None:
        if "ended" in note:
            self._invocations[note["id"]].ended = note["ended"]
        else:
            self._invocations[note["id"]] = Invocation(note["records"], note["started"])

    def wait(self, *, started: int = 0, ended: int = 0, within: float = DEADLINE_SECONDS) -> list[Invocation]:
        """Return all invocations, once `started` of them have started and `ended` have ended."""

        def enough() -> list[Invocation] | None:
            seen = self.invocations()
            done = len(seen) >= started and sum(each.ended is not None for each in seen) >= ended
            return seen if done else None

        return eventually(enough, within)

    def wait_until_empty(self, within: float = DEADLINE_SECONDS) -> None:
        eventually(lambda: self.counts == (0, 0), within)

    def remove(self) -> None:
        if self.mapping:
            _unless_gone(
                self.functions, lambda: self.functions.delete_event_source_mapping(UUID=self.mapping)
            )
        _unless_gone(self.functions, lambda: self.functions.delete_function(FunctionName=self.name))
        for url in self.sqs.list_queues(QueueNamePrefix=self.name).get("QueueUrls", []):
            self.sqs.delete_queue(QueueUrl=url)


def most_at_once(invocations: list[Invocation]) -> int:
    """Return the maximum number of ended invocations that ran at the same time."""
    changes = [(each.started, 1) for each in invocations] + [(each.ended or 0.0, -1) for each in invocations]
    running = most = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def _artifact() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for module in ("app.py", "journal.py"):
            file.writestr(zipfile.ZipInfo(module), (Path(__file__).parent / module).read_text())
    return archive.getvalue()


def _unless_gone(functions: Any, remove: Callable[[], object]) -> None:
    with suppress(functions.exceptions.ResourceNotFoundException):
        remove()
