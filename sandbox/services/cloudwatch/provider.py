"""The metrics that AWS publishes, and those in log events, appear in CloudWatch at once, for next to nothing.

LocalStack 4.14.0 publishes some of SQS's and Lambda's, each value by a call to CloudWatch and a transaction
of its own, which is a good part of what an invocation costs; and none that log events have in them.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import time

from localstack.runtime import hooks

TIDY_SECONDS = 600.0


@hooks.on_infra_start()
def publish_metrics() -> None:
    """Let LocalStack's services add to the metrics in memory, and CloudWatch answer from there."""
    from sandbox.common.loop import Loop
    from sandbox.services.cloudwatch.store import METRICS

    _answer_from_memory()
    _count_messages()
    _count_invocations()
    _count_requests()
    _read_logs()
    Loop("metrics-tidying", TIDY_SECONDS, lambda: METRICS.tidy(time.time())).start()


def _answer_from_memory() -> None:
    from localstack.services.cloudwatch import provider_v2
    from localstack.utils.patch import Patch

    from sandbox.services.cloudwatch import (
        alarms,
        describe_alarms,
        metric_data,
        metric_statistics,
        notification,
    )
    from sandbox.services.cloudwatch.database import Database

    vars(provider_v2).update(
        CloudwatchDatabase=Database,
        AlarmScheduler=alarms.Alarms,
        create_message_response_update_state_sns=notification.message,
    )
    provider = provider_v2.CloudwatchProvider
    for target, around in (
        (provider.get_metric_statistics, metric_statistics.get_metric_statistics),
        (provider.get_metric_data, metric_data.get_metric_data),
        (provider.put_metric_alarm, alarms.put_metric_alarm),
        (provider.describe_alarms, describe_alarms.describe_alarms),
    ):
        Patch.function(target, around).apply()


def _count_messages() -> None:
    from localstack.services.sqs import provider
    from localstack.utils.patch import Patch

    from sandbox.services.sqs import metrics

    vars(provider).update(CloudwatchDispatcher=metrics.Counters, CloudwatchPublishWorker=metrics.Levels)
    Patch.function(provider.SqsProvider._put_message, metrics.put_message).apply()


def _count_invocations() -> None:
    from localstack.services.lambda_.invocation import version_manager
    from localstack.services.lambda_.invocation.counting_service import CountingService
    from localstack.services.lambda_.invocation.event_manager import LambdaEventManager, Poller
    from localstack.utils.patch import Patch

    from sandbox.services.lambda_ import metrics

    vars(version_manager)["start_thread"] = metrics.start_thread(vars(version_manager)["start_thread"])
    for target, around in (
        (version_manager.LambdaVersionManager.invoke, metrics.invoke),
        (CountingService.get_invocation_lease, metrics.lease),
        (LambdaEventManager.enqueue_event, metrics.enqueue_event),
        (Poller.process_failure_destination, metrics.drop_event),
    ):
        Patch.function(target, around).apply()


def _count_requests() -> None:
    from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
    from localstack.services.apigateway.next_gen.execute_api.handlers.integration import IntegrationHandler
    from localstack.utils.patch import Patch

    from sandbox.services.apigateway import metrics as gateway
    from sandbox.services.dynamodb import metrics as tables

    tables.install()
    Patch.function(RestApiGateway.process_with_context, gateway.process).apply()
    Patch.function(IntegrationHandler.__call__, gateway.integrate).apply()


def _read_logs() -> None:
    from localstack.utils.patch import Patch
    from moto.logs.models import LogsBackend

    from sandbox.services.logs import metrics

    Patch.function(LogsBackend.put_log_events, metrics.put_log_events).apply()
