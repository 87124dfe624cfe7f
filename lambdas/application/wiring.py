"""The domain's ports on AWS as a function uses them: made once, wired to one another."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3

from lambdas.application.clients import CLIENT_CONFIG
from lambdas.application.dispatch import Dispatcher
from lambdas.application.ordering import Ordering
from lambdas.application.settings import Settings
from lambdas.messaging.queues import TaskQueue
from lambdas.store.table import TaskTable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_sqs import SQSClient


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Wiring:
    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    table: TaskTable
    queue: TaskQueue
    dispatcher: Dispatcher
    ordering: Ordering


def wire(settings: Settings, *, retention: timedelta = timedelta(0)) -> Wiring:
    """Make them.

    Args:
        retention: how long the records of tasks that this function ends are kept.
    """
    dynamodb = boto3.client("dynamodb", config=CLIENT_CONFIG)
    sqs = boto3.client("sqs", config=CLIENT_CONFIG)
    table = TaskTable(dynamodb, settings.task_table_name, retention=retention)
    queue = TaskQueue(sqs, settings.task_queue_url)
    dispatcher = Dispatcher(table=table, queue=queue, now=now)
    ordering = Ordering(table=table, dispatcher=dispatcher, now=now)
    return Wiring(
        dynamodb=dynamodb, sqs=sqs, table=table, queue=queue, dispatcher=dispatcher, ordering=ordering
    )
