"""Function that examines messages of the dead-letter queue, and reports on dead letters on request."""

from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.application.clients import CLIENT_CONFIG
from lambdas.application.initialization import prepare
from lambdas.application.settings import MonitorSettings
from lambdas.application.wiring import Wiring, now, wire
from lambdas.messaging.alerts import AlertTopic
from lambdas.messaging.redelivery import Redeliver
from lambdas.monitor_dlq.monitor import Monitor
from lambdas.monitor_dlq.report import Reporter
from lambdas.store.dead_letters import DeadLetters
from lambdas.telemetry.environment import measured
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracing import continued, tracer

# Seconds that must be left to examine a message: one call with all its tries takes up to 9 s. In the first
# half of an invocation any message is examined, since another invocation would have no more time.
MARGIN_SECONDS = 10.0

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


@cache
def aws() -> Wiring:
    """Return the AWS clients and the objects that use them, created on the first call."""
    return wire(MonitorSettings.read())


@cache
def monitor() -> Monitor:
    """Return the function's Monitor, created on the first call."""
    settings = MonitorSettings.read()
    return Monitor(
        table=aws().table,
        ordering=aws().ordering,
        alerts=AlertTopic(
            boto3.client("sns", config=CLIENT_CONFIG),
            settings.alert_topic_arn,
            critical=settings.critical_categories,
        ),
        now=now,
    )


@cache
def reporter() -> Reporter:
    """Return the function's Reporter, created on the first call."""
    dead_letters = DeadLetters(aws().dynamodb, MonitorSettings.read().task_table_name)
    return Reporter(table=aws().table, dead_letters=dead_letters, now=now)


def examine(record: SQSRecord) -> None:
    """Examine a dead letter in the trace of its message.

    Raises:
        Exception: The message must be delivered again; the reason was logged.
    """
    with (
        logger.append_context_keys(message_id=record.message_id),
        continued(record.attributes.aws_trace_header),
    ):
        try:
            monitor().examine(record.body, record.message_id)
        except Redeliver as reason:
            logger.info("dead letter left for redelivery", reason=str(reason))
            raise
        except Exception:
            logger.exception("dead letter not recorded")
            raise


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process an SQS event, or respond to a report request, `{report: {since, limit?}}`."""
    if "report" in event:
        return reporter().answer(event["report"], seconds=_seconds_left(context))
    margin = min(MARGIN_SECONDS, _seconds_left(context) / 2)

    def examine_in_time(record: SQSRecord) -> None:
        if _seconds_left(context) < margin:
            # If the function timed out, the messages before would not be acknowledged, and be alerted again.
            reason = "too little time is left"
            logger.info("dead letter left for redelivery", message_id=record.message_id, reason=reason)
            raise Redeliver(reason)
        examine(record)

    return dict(process_partial_response(event, examine_in_time, processor, context))


def _seconds_left(context: LambdaContext) -> float:
    return context.get_remaining_time_in_millis() / 1000


prepare(monitor, reporter)
