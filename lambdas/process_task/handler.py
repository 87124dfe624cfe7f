"""Consumes the task queue, up to 10 messages at a time, each acknowledged by itself."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.exceptions import SQSFifoMessageGroupCircuitBreakerError
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from lambdas.aws.clients import CLIENT_CONFIG
from lambdas.aws.failure_rate import FailureRate
from lambdas.aws.queues import DeadLetterQueue, TaskQueue
from lambdas.aws.settings import ProcessSettings
from lambdas.aws.table import TaskTable
from lambdas.aws.telemetry import logger
from lambdas.process_task.consumer import ComesAgain, Consumer, Delivery
from lambdas.process_task.simulation import Simulator
from lambdas.work.kinds import KINDS

# A failed message ends its own message group for this batch, no other. A batch of which all messages
# failed is a result as any other: as a function error it would slow the event source mapping down.
processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


# Every attempt asks for the rate, and none must wait for it.
FAILURE_RATE_CONFIG = CLIENT_CONFIG.merge(
    Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
)


@cache
def consumer() -> Consumer:
    settings = ProcessSettings.read()
    sqs = boto3.client("sqs", config=CLIENT_CONFIG)
    rate = FailureRate(boto3.client("ssm", config=FAILURE_RATE_CONFIG), settings.failure_rate_parameter)
    return Consumer(
        table=TaskTable(
            boto3.client("dynamodb", config=CLIENT_CONFIG),
            settings.task_table_name,
            retention=timedelta(days=int(settings.task_retention_days)),
        ),
        queue=TaskQueue(sqs, settings.task_queue_url),
        dead_letters=DeadLetterQueue(sqs, settings.task_dlq_url),
        kinds=KINDS,
        simulator=Simulator(allowed=settings.experimental, failure_rate=rate.read, random=random.random),
        private_addresses=settings.experimental,
        now=lambda: datetime.now(UTC),
        random=random.random,
    )


def process(record: SQSRecord, lambda_context: LambdaContext) -> None:
    delivery = Delivery(
        message_id=record.message_id,
        message_group=record.attributes.message_group_id or record.message_id,
        receipt_handle=record.receipt_handle,
        body=record.body,
        claimant=f"{record.message_id}/{lambda_context.aws_request_id}",
        remaining_seconds=lambda: lambda_context.get_remaining_time_in_millis() / 1000,
    )
    with logger.append_context_keys(message_id=record.message_id):
        try:
            consumer().consume(delivery)
        except ComesAgain as reason:
            logger.info("message comes again", reason=str(reason))
            raise
        except Exception:
            logger.exception("message not processed")
            raise


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    response = process_partial_response(event, process, processor, context)
    for record, (kind, *_) in zip(processor.fail_messages, processor.exceptions, strict=True):
        if isinstance(record, SQSRecord) and kind is SQSFifoMessageGroupCircuitBreakerError:
            consumer().release(record.receipt_handle)
    return dict(response)
