"""What functions log, put into CloudWatch Logs at once.

A log stream belongs to one execution environment, so there is one writer to each. Events are there when the
invocation is answered, and those of one that takes longer within about a second, as on AWS:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

# LocalStack and moto are typed in part only.
# mypy: disable-error-code="no-untyped-call, import-untyped"

import logging
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion
from localstack.services.lambda_.invocation.logs import LogHandler, LogItem
from localstack.services.logs.models import get_moto_logs_backend
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.aws.arns import extract_account_id_from_arn

from sandbox.services.lambda_.executor.log import LogEvent, LogText

LOG = logging.getLogger(__name__)


class Environment(Protocol):
    """An execution environment, as LocalStack's or as the executor's."""

    id: str
    function_version: FunctionVersion


def log_group(environment: Environment) -> str:
    """The group that a function's LoggingConfig names, else its own; LocalStack knows the latter only.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    own = f"/aws/lambda/{environment.function_version.id.function_name}"
    return environment.function_version.config.logging_config.get("LogGroup") or own


def log_stream(environment: Environment) -> str:
    """An environment's own stream; in a group that functions may share its name says whose it is."""
    function, version = environment.function_version.id, environment.function_version.id.qualifier
    whose = (
        function.function_name if log_group(environment) != f"/aws/lambda/{function.function_name}" else ""
    )
    return f"{date.today():%Y/%m/%d}/{whose}[{version}]{environment.id}"  # noqa: DTZ011 # as LocalStack's is


def deliver_log(environment: Environment, events: Sequence[LogEvent]) -> None:
    """Put events into the environment's stream, which is made when it is not there.

    What cannot be put is reported in LocalStack's log: an invocation does not fail for its log.
    """
    owner = environment.function_version.id
    _deliver(owner.account, owner.region, log_group(environment), log_stream(environment), events)


class FunctionLogs(LogHandler):
    """Takes the place of LocalStack's, which has a thread for each version of a function."""

    def __init__(self, role_arn: str, region: str) -> None:
        super().__init__(role_arn, region)
        self._account = str(extract_account_id_from_arn(role_arn))

    def start_subscriber(self) -> None:
        """Load the service, which also corrects moto."""
        SERVICE_PLUGINS.require("logs")

    def add_logs(self, log_item: LogItem) -> None:
        """Put what is left of an invocation's log, as `deliver_log` does."""
        assert isinstance(log_item.logs, LogText)
        _deliver(
            self._account, self.region, log_item.log_group, log_item.log_stream, log_item.logs.undelivered
        )

    def stop(self) -> None:
        """Nothing: no thread waits."""


def _deliver(account: str, region: str, group: str, stream: str, events: Sequence[LogEvent]) -> None:
    # CloudWatch takes no empty events:
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
        if backend.filters.metric_filters:  # these are the provider's own, above moto
            client = connect_to(aws_access_key_id=account, region_name=region).logs
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=entries)
        else:
            backend.put_log_events(group, stream, entries)
    except Exception:  # whatever it is
        LOG.exception("no log of %s in %s", stream, group)
