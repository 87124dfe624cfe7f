"""CloudWatch's metric and alarm operations, answered from metrics in memory.

LocalStack stores each value with a call to CloudWatch and in a separate database transaction, which is a
large part of an invocation's cost.
"""

import time

from localstack.services.cloudwatch import provider_v2
from localstack.utils.patch import Patch

from sandbox.common.loop import Loop
from sandbox.services.cloudwatch import alarms, describe_alarms, metric_data, notification
from sandbox.services.cloudwatch.database import Database
from sandbox.services.cloudwatch.store import METRICS

TIDY_SECONDS = 600.0


def install() -> None:
    """Replace LocalStack's database, alarm scheduler and notifications, and complete its operations."""
    for name, ours in (
        ("CloudwatchDatabase", Database),
        ("AlarmScheduler", alarms.Alarms),
        ("create_message_response_update_state_sns", notification.message),
    ):
        Patch(provider_v2, name, ours).apply()
    provider = provider_v2.CloudwatchProvider
    Patch.function(provider.get_metric_data, metric_data.get_metric_data).apply()
    Patch.function(provider.put_metric_alarm, alarms.put_metric_alarm).apply()
    Patch.function(provider.describe_alarms, describe_alarms.describe_alarms).apply()
    Loop("metrics-tidying", TIDY_SECONDS, lambda: METRICS.tidy(time.time())).start()
