"""Alerts that a stack publishes, received through a queue of the tests' own."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3

from tests.e2e.stack import Stack
from tests.eventually import DEADLINE_SECONDS, eventually


class Alerts:
    """Alerts about tasks and alarms since the subscription began, each with a `receivedAt` added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received: list[dict[str, Any]] = []

    def add(self, alert: dict[str, Any]) -> None:
        with self._lock:
            self._received.append({**alert, "receivedAt": datetime.now(UTC)})

    def of(self, task_id: str) -> list[dict[str, Any]]:
        with self._lock:
            return [alert for alert in self._received if alert.get("taskId") == task_id]

    def of_alarm(self, name: str) -> list[dict[str, Any]]:
        """Return an alarm's notifications in the order of its state changes."""
        with self._lock:
            told = [alert for alert in self._received if alert.get("AlarmName") == name]
        return sorted(told, key=lambda alert: str(alert["StateChangeTime"]))

    def first(self, task_id: str, *, within: float = DEADLINE_SECONDS) -> dict[str, Any]:
        found = eventually(lambda: self.of(task_id) or None, within=within, what=f"an alert of {task_id}")
        return found[0]


@contextmanager
def subscribed(stack: Stack, filter_policy: dict[str, Any] | None = None) -> Iterator[Alerts]:
    """Provide the alerts that a stack publishes during the block; see `subscribed_to`."""
    with subscribed_to(stack.session, stack.outputs.alert_topic_arn, filter_policy) as alerts:
        yield alerts


@contextmanager
def subscribed_to(
    session: boto3.Session, topic: str, filter_policy: dict[str, Any] | None = None
) -> Iterator[Alerts]:
    """Provide the alerts that a topic publishes during the block.

    Args:
        session: Session of the stack.
        topic: The topic's ARN.
        filter_policy: Filter by the messages' attributes; None for every alert.
    """
    sqs, sns = session.client("sqs"), session.client("sns")
    queue = sqs.create_queue(QueueName=f"{topic.rpartition(':')[2]}-{uuid.uuid4().hex[:12]}")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    wanted = {} if filter_policy is None else {"FilterPolicy": json.dumps(filter_policy)}
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=wanted, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    alerts, over = Alerts(), threading.Event()

    def read() -> None:
        while not over.is_set():
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                alerts.add(json.loads(json.loads(message["Body"])["Message"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield alerts
    finally:
        over.set()
        reader.join()
        sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=queue)
