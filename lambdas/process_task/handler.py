"""Consumes the task queue, up to 10 messages at a time, each acknowledged by itself."""

import random
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.exceptions import SQSFifoMessageGroupCircuitBreakerError
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from lambdas.application.clients import CLIENT_CONFIG
from lambdas.application.settings import ProcessSettings
from lambdas.application.wiring import now, wire
from lambdas.messaging.queues import DeadLetterQueue
from lambdas.messaging.redelivery import AttemptFailed, Redeliver
from lambdas.process_task.consumer import Consumer
from lambdas.process_task.delivery import Delivery
from lambdas.process_task.failure_rate import FailureRate
from lambdas.process_task.simulation import Simulator
from lambdas.process_task.worker import Worker
from lambdas.store.circuits import Circuits
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracing import continued, tracer
from lambdas.work.kinds import KINDS

# A failed message ends its own message group for this batch, no other. A batch of which all messages
# failed is a result as any other: as a function error it would slow the event source mapping down.
processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


# Every attempt asks for the failure rate and for its circuit, and none must wait for them.
HASTY = CLIENT_CONFIG.merge(Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1}))


@cache
def consumer() -> Consumer:
    settings = ProcessSettings.read()
    aws = wire(settings)
    dead_letters = DeadLetterQueue(aws.sqs, settings.task_dlq_url)
    rate = FailureRate(boto3.client("ssm", config=HASTY), settings.failure_rate_parameter)
    worker = Worker(
        table=aws.table,
        queue=aws.queue,
        dead_letters=dead_letters,
        ordering=aws.ordering,
        circuits=Circuits(
            boto3.client("dynamodb", config=HASTY),
            settings.circuit_table_name,
            failure_threshold=settings.circuit_failure_threshold,
            recovery_seconds=settings.circuit_recovery_seconds,
        ),
        kinds=KINDS,
        simulator=Simulator(allowed=settings.experimental, failure_rate=rate.read, random=random.random),
        max_receive_count=settings.max_receive_count,
        private_addresses=settings.experimental,
        now=now,
        random=random.random,
    )
    return Consumer(
        table=aws.table,
        queue=aws.queue,
        dead_letters=dead_letters,
        ordering=aws.ordering,
        worker=worker,
        now=now,
    )


def delivered(record: SQSRecord, lambda_context: LambdaContext) -> Delivery:
    return Delivery(
        message_id=record.message_id,
        message_group=record.attributes.message_group_id or record.message_id,
        receipt_handle=record.receipt_handle,
        receive_count=int(record.attributes.approximate_receive_count),
        body=record.body,
        claimant=f"{record.message_id}/{lambda_context.aws_request_id}",
        remaining_seconds=lambda: lambda_context.get_remaining_time_in_millis() / 1000,
    )


def process(record: SQSRecord, lambda_context: LambdaContext) -> None:
    with (
        logger.append_context_keys(message_id=record.message_id),
        continued(record.attributes.aws_trace_header),
    ):
        try:
            consumer().consume(delivered(record, lambda_context))
        except AttemptFailed:
            raise  # which was logged where it failed
        except Redeliver as reason:
            logger.info("message comes again", reason=str(reason))
            raise
        except Exception:
            logger.exception("message not processed")
            raise


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    held = consumer().park_followers(delivered(record, context) for record in SQSEvent(event).records)
    rest = [record for record in event["Records"] if record["messageId"] not in held]
    if not rest:
        return {"batchItemFailures": []}
    response = process_partial_response({"Records": rest}, process, processor, context)
    for record, (kind, *_) in zip(processor.fail_messages, processor.exceptions, strict=True):
        if isinstance(record, SQSRecord) and kind is SQSFifoMessageGroupCircuitBreakerError:
            consumer().release(record.receipt_handle)
    return dict(response)
