"""Delivery of function logs to CloudWatch Logs without a client round trip.

Each log stream belongs to one execution environment, so it has one writer. Events are in CloudWatch Logs when
the invocation is answered, and within about a second while it is running, as on AWS:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import logging
from collections.abc import Sequence
from datetime import date

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation import version_manager
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.logs import LogHandler, LogItem
from localstack.services.logs.models import get_moto_logs_backend
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.aws.arns import extract_account_id_from_arn
from localstack.utils.patch import Patch

from sandbox.services.lambda_.executor.log import LogEvent, LogText
from sandbox.services.lambda_.executor.observers import OBSERVERS, Environment, Observer

LOG = logging.getLogger(__name__)


def install() -> None:
    """Start delivering logs."""
    Patch(version_manager, "LogHandler", FunctionLogs).apply()
    Patch(ExecutionEnvironment, "get_log_group_name", log_group).apply()
    Patch(ExecutionEnvironment, "get_log_stream_name", log_stream).apply()
    OBSERVERS.append(Observer(deliver_log=deliver_log))


def log_group(environment: Environment) -> str:
    """Return the log group in a function's LoggingConfig, which LocalStack ignores, or its own group.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    own = f"/aws/lambda/{environment.function_version.id.function_name}"
    return environment.function_version.config.logging_config.get("LogGroup") or own


def log_stream(environment: Environment) -> str:
    """Return the name of an environment's log stream, with the function's name if the group is shared."""
    function, version = environment.function_version.id, environment.function_version.id.qualifier
    whose = (
        function.function_name if log_group(environment) != f"/aws/lambda/{function.function_name}" else ""
    )
    return f"{date.today():%Y/%m/%d}/{whose}[{version}]{environment.id}"  # noqa: DTZ011 # as LocalStack's is


def deliver_log(environment: Environment, events: Sequence[LogEvent]) -> None:
    """Put events into the environment's stream, which is created if necessary.

    An error is logged in LocalStack's log, since an invocation must not fail because of its log.
    """
    owner = environment.function_version.id
    _deliver(owner.account, owner.region, log_group(environment), log_stream(environment), events)


class FunctionLogs(LogHandler):
    """Replacement for LocalStack's log handler, which has a thread for each version of a function."""

    def __init__(self, role_arn: str, region: str) -> None:
        super().__init__(role_arn, region)
        self._account = str(extract_account_id_from_arn(role_arn))

    def start_subscriber(self) -> None:
        """Load CloudWatch Logs, which also corrects moto."""
        SERVICE_PLUGINS.require("logs")

    def add_logs(self, log_item: LogItem) -> None:
        """Deliver the undelivered events of an invocation's log."""
        assert isinstance(log_item.logs, LogText)
        _deliver(
            self._account, self.region, log_item.log_group, log_item.log_stream, log_item.logs.undelivered
        )

    def stop(self) -> None:
        """Do nothing: there is no thread."""


def _deliver(account: str, region: str, group: str, stream: str, events: Sequence[LogEvent]) -> None:
    # CloudWatch rejects empty events:
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_InputLogEvent.html
    entries = [
        {"timestamp": int(event.at * 1000), "message": event.message + "\n"}
        for event in events
        if event.message
    ]
    try:
        backend = get_moto_logs_backend(account, region)
        backend.ensure_log_group(group)
        backend.ensure_log_stream(group, stream)
        if backend.filters.metric_filters:  # the provider applies them, above moto
            client = connect_to(aws_access_key_id=account, region_name=region).logs
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=entries)
        else:
            backend.put_log_events(group, stream, entries)
    except Exception:
        LOG.exception("the log of %s cannot be written to %s", stream, group)
