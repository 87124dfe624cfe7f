"""Construction of the objects that several functions share."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from lambdas.application.clients import CLIENT_CONFIG, S3_CLIENT_CONFIG
from lambdas.application.dispatch import Dispatcher
from lambdas.application.dynamodb_retries import patient
from lambdas.application.ordering import Ordering
from lambdas.application.settings import Settings
from lambdas.messaging.queues import TaskQueue
from lambdas.store.batches import Batches
from lambdas.store.objects import Objects
from lambdas.store.payloads import Payloads
from lambdas.store.table import TaskTable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_sqs import SQSClient


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """The AWS clients of a function, and the objects that use them."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    objects: Objects
    table: TaskTable
    batches: Batches
    queue: TaskQueue
    dispatcher: Dispatcher
    ordering: Ordering


def wire(settings: Settings) -> Wiring:
    """Create the clients and the objects that use them."""
    dynamodb = patient(boto3.client("dynamodb", config=CLIENT_CONFIG))
    sqs = boto3.client("sqs", config=CLIENT_CONFIG)
    objects = Objects(lambda: boto3.client("s3", config=S3_CLIENT_CONFIG), settings.task_bucket_name)
    table = TaskTable(dynamodb, settings.task_table_name, objects, retention=settings.retention)
    payloads = Payloads(dynamodb, settings.task_table_name, settings.retention, objects)
    batches = Batches(dynamodb, settings.task_table_name, settings.retention, payloads)
    queue = TaskQueue(sqs, settings.task_queue_url)
    dispatcher = Dispatcher(table=table, queue=queue, now=now)
    ordering = Ordering(table=table, dispatcher=dispatcher, now=now)
    return Wiring(
        dynamodb=dynamodb,
        sqs=sqs,
        objects=objects,
        table=table,
        batches=batches,
        queue=queue,
        dispatcher=dispatcher,
        ordering=ordering,
    )
