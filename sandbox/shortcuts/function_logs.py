"""What functions log, put into CloudWatch Logs at once.

A log stream belongs to one execution environment, so there is one writer to each. Events are there when the
invocation is answered.
"""

# LocalStack and moto are typed in part only.
# mypy: disable-error-code="no-untyped-call, import-untyped"

import logging
import time
from typing import Any

from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation.logs import LogHandler, LogItem
from localstack.services.logs.models import get_moto_logs_backend
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.aws.arns import extract_account_id_from_arn

LOG = logging.getLogger(__name__)


class FunctionLogs(LogHandler):
    """Takes the place of LocalStack's, which has a thread for each version of a function."""

    def __init__(self, role_arn: str, region: str) -> None:
        super().__init__(role_arn, region)
        self._account = str(extract_account_id_from_arn(role_arn))

    def start_subscriber(self) -> None:
        """Load the service, which also corrects moto."""
        SERVICE_PLUGINS.require("logs")

    def add_logs(self, log_item: LogItem) -> None:
        """Put the lines of an invocation into its stream, which is made when it is not there.

        What cannot be put is reported in LocalStack's log: an invocation does not fail for its log.
        """
        now = int(time.time() * 1000)
        # CloudWatch takes no empty events:
        # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_InputLogEvent.html
        events = [{"timestamp": now, "message": line + "\n"} for line in log_item.logs.split("\n") if line]
        try:
            self._put(log_item.log_group, log_item.log_stream, events)
        except Exception:  # whatever it is
            LOG.exception("no log of %s in %s", log_item.log_stream, log_item.log_group)

    def stop(self) -> None:
        """Nothing: no thread waits."""

    def _put(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        backend = get_moto_logs_backend(self._account, self.region)
        backend.ensure_log_group(group)
        backend.ensure_log_stream(group, stream)
        if backend.filters.metric_filters:  # these are the provider's own, above moto
            client = connect_to(aws_access_key_id=self._account, region_name=self.region).logs
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        else:
            backend.put_log_events(group, stream, events)
