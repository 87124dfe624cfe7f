"""Function that processes the task queue in batches of up to 10 messages, and reports failed messages."""

import json
import os
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.exceptions import SQSFifoMessageGroupCircuitBreakerError
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from lambdas.application.cancellation import Cancellation
from lambdas.application.clients import CLIENT_CONFIG
from lambdas.application.expiry import Expiry
from lambdas.application.initialization import prepare
from lambdas.application.secrets import SECRETS_VARIABLE, Secrets
from lambdas.application.settings import ProcessSettings
from lambdas.application.wiring import Wiring, now, wire
from lambdas.messaging.queues import DeadLetterQueue
from lambdas.messaging.redelivery import AttemptFailed, Redeliver
from lambdas.process_task.consumer import Consumer
from lambdas.process_task.failure_rate import FailureRate
from lambdas.process_task.known_holds import KnownHolds
from lambdas.process_task.received import ReceivedBatch, ReceivedMessage
from lambdas.process_task.signing import Signer
from lambdas.process_task.simulation import Simulator
from lambdas.process_task.worker import Worker
from lambdas.store.circuits import Circuits
from lambdas.store.holds import Holds
from lambdas.telemetry.environment import measured
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracing import continued, tracer
from lambdas.telemetry.work_output import collect_logs, mask_prints
from lambdas.work.registry import no_secrets

# A failed message blocks the rest of its message group in this batch, and no other group. A batch in which
# all messages fail is not an error of the function, since that would slow the event source mapping down.
processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False

# Timeouts for reading the failure rate, circuits and pauses, for which an attempt must not wait long. The
# second try is for an idle connection, which Lambda may have closed without the client's knowledge:
# https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
HASTY = CLIENT_CONFIG.merge(
    Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
)


@cache
def aws() -> Wiring:
    """Return the AWS clients and the objects that use them, created on the first call."""
    return wire(ProcessSettings.read())


@cache
def consumer() -> Consumer:
    """Return the function's Consumer, created on the first call."""
    from lambdas.work.kinds import KINDS

    settings = ProcessSettings.read()
    dead_letters = DeadLetterQueue(aws().sqs, settings.task_dlq_url)
    hasty = boto3.client("dynamodb", config=HASTY)
    holds = KnownHolds(holds=Holds(hasty, settings.circuit_table_name))
    cancellation = Cancellation(ordering=aws().ordering, now=now)
    worker = Worker(
        table=aws().table,
        queue=aws().queue,
        dead_letters=dead_letters,
        ordering=aws().ordering,
        cancellation=cancellation,
        circuits=Circuits(
            hasty,
            settings.circuit_table_name,
            failure_threshold=settings.circuit_failure_threshold,
            recovery_seconds=settings.circuit_recovery_seconds,
        ),
        holds=holds,
        kinds=KINDS,
        simulator=Simulator(
            allowed=settings.experimental,
            failure_rate=_failure_rate(settings.failure_rate_parameter),
            random=random.random,
        ),
        signer=Signer(
            lambda: boto3.client("ssm", config=CLIENT_CONFIG), settings.callback_secret_parameter, now=now
        ),
        max_receive_count=settings.max_receive_count,
        private_addresses=settings.reaches_private_addresses(),
        stage=settings.stage,
        now=now,
        random=random.random,
        secrets=_secrets(),
    )
    return Consumer(
        table=aws().table,
        dead_letters=dead_letters,
        ordering=aws().ordering,
        cancellation=cancellation,
        expiry=Expiry(table=aws().table, ordering=aws().ordering, now=now),
        worker=worker,
        kinds=KINDS,
        queue=aws().queue,
        holds=holds,
        max_receive_count=settings.max_receive_count,
        now=now,
    )


def _failure_rate(parameter: str) -> Callable[[], float]:
    """Return a function that reads the failure rate; it returns 0 if there is no parameter."""
    return FailureRate(boto3.client("ssm", config=HASTY), parameter).read if parameter else lambda: 0.0


def _secrets() -> Callable[[str], str]:
    """Return the function that reads secrets; it finds none if the project declares none."""
    sources = os.environ.get(SECRETS_VARIABLE)
    return Secrets(json.loads(sources)) if sources else no_secrets


def process(received: ReceivedMessage, trace_header: str | None) -> None:
    """Consume a received message in its trace.

    Raises:
        Exception: The message must be delivered again; the reason was logged.
    """
    with logger.append_context_keys(message_id=received.message_id), continued(trace_header):
        try:
            consumer().consume(received)
        except AttemptFailed:
            raise  # the failure has already been logged
        except Redeliver as reason:
            logger.info("message left for redelivery", reason=str(reason))
            raise
        except Exception:
            logger.exception("message not processed")
            raise


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process an SQS event and return the messages that must be delivered again."""
    batch = ReceivedBatch.parse(SQSEvent(event).records, context)
    parked_ids = consumer().park_followers(batch)
    rest = [record for record in event["Records"] if record["messageId"] not in parked_ids]
    if not rest:
        return {"batchItemFailures": []}

    def process_record(record: SQSRecord) -> None:
        process(batch.by_message_id[record.message_id], record.attributes.aws_trace_header)

    response = process_partial_response({"Records": rest}, process_record, processor, context)
    for record, (kind, *_) in zip(processor.fail_messages, processor.exceptions, strict=True):
        if isinstance(record, SQSRecord) and kind is SQSFifoMessageGroupCircuitBreakerError:
            # An earlier message of its group has failed and blocks this one. Making it visible lets it follow
            # that message at once, instead of after its own visibility timeout.
            aws().queue.try_change_visibility(record.receipt_handle, 0)
    return dict(response)


def _collect_logs() -> None:
    # Imports the project's modules, hence only after `mask_prints`: handlers that they create keep a stream.
    from lambdas.work.kinds import PACKAGE_VARIABLE

    collect_logs(os.environ.get(PACKAGE_VARIABLE))


prepare(mask_prints, _collect_logs, consumer)
