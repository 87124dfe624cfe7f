"""A worker with one kind of work on a bare table, and the claim and the message of its attempt."""

from datetime import datetime
from typing import Any

import boto3

from lambdas.application.cancellation import Cancellation
from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import Ordering
from lambdas.messaging.queues import DeadLetterQueue, TaskQueue
from lambdas.process_task.known_holds import KnownHolds
from lambdas.process_task.received import ReceivedMessage, Unreadable
from lambdas.process_task.signing import Signer
from lambdas.process_task.simulation import Simulator
from lambdas.process_task.worker import Worker
from lambdas.store.circuits import Circuits
from lambdas.store.holds import Holds
from lambdas.store.table import TaskTable
from lambdas.work.registry import Kind, Registry
from sandbox.process.state_file import Sandbox

RECEIVED = ReceivedMessage(
    message_id="m",
    message_group="g",
    receipt_handle="r",
    receive_count=1,
    body="",
    message=Unreadable(reason=""),
    claimant="m/r",
    remaining_seconds=lambda: 60.0,
    began_with_seconds=60.0,
)


def worker_on(
    tasks: TaskTable, client: Any, sandbox: Sandbox, work: Kind[Any], *, at: datetime, circuits: Any = None
) -> Worker:
    """Return a worker whose queues and table of circuits do not exist."""

    def now() -> datetime:
        return at

    clients: dict[str, Any] = {"endpoint_url": sandbox.endpoint_url, "region_name": "us-east-1"}
    clients |= {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    sqs = boto3.client("sqs", **clients)
    queue = TaskQueue(sqs, f"{sandbox.endpoint_url}/000000000000/none")
    ordering = Ordering(table=tasks, dispatcher=Dispatcher(table=tasks, queue=queue, now=now), now=now)
    return Worker(
        table=tasks,
        queue=queue,
        dead_letters=DeadLetterQueue(sqs, f"{sandbox.endpoint_url}/000000000000/none"),
        ordering=ordering,
        cancellation=Cancellation(ordering=ordering, now=now),
        circuits=circuits or Circuits(client, "no circuits", failure_threshold=5, recovery_seconds=30),
        holds=KnownHolds(holds=Holds(client, "no circuits")),
        kinds=Registry([work]),
        signer=Signer(_no_client, "/secret", now=now),
        simulator=Simulator(allowed=False, failure_rate=lambda: 0.0, random=lambda: 0.5),
        max_receive_count=3,
        private_addresses=True,
        stage="dev",
        now=now,
        random=lambda: 0.5,
    )


def _no_client() -> Any:
    raise AssertionError("only deliveries are signed")
