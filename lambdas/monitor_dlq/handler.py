"""Consumes the dead-letter queue, each message acknowledged by itself."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.aws.alerts import AlertTopic
from lambdas.aws.clients import CLIENT_CONFIG
from lambdas.aws.queues import TaskQueue
from lambdas.aws.settings import MonitorSettings
from lambdas.aws.table import TaskTable
from lambdas.aws.telemetry import logger
from lambdas.monitor_dlq.monitor import Monitor, NotYet

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


@cache
def monitor() -> Monitor:
    settings = MonitorSettings.read()
    return Monitor(
        table=TaskTable(
            boto3.client("dynamodb", config=CLIENT_CONFIG),
            settings.task_table_name,
            retention=timedelta(days=int(settings.task_retention_days)),
        ),
        queue=TaskQueue(boto3.client("sqs", config=CLIENT_CONFIG), settings.task_queue_url),
        alerts=AlertTopic(boto3.client("sns", config=CLIENT_CONFIG), settings.alert_topic_arn),
        now=lambda: datetime.now(UTC),
    )


def examine(record: SQSRecord) -> None:
    with logger.append_context_keys(message_id=record.message_id):
        try:
            monitor().examine(record.body, record.message_id)
        except NotYet as reason:
            logger.info("dead letter comes again", reason=str(reason))
            raise
        except Exception:
            logger.exception("dead letter not recorded")
            raise


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event, examine, processor, context))
