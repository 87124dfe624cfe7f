"""AWS::CloudWatch::Alarm: all of it but its name, put anew, which leaves its state as it is.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.cloudwatch.resource_providers.aws_cloudwatch_alarm import CloudWatchAlarmProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse

_SUPPORTED = {
    *("ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm"),
    *("Dimensions", "EvaluateLowSampleCountPercentile", "EvaluationPeriods", "ExtendedStatistic"),
    *("InsufficientDataActions", "MetricName", "Metrics", "Namespace", "OKActions", "Period", "Statistic"),
    *("Threshold", "TreatMissingData", "Unit"),
}


def correct() -> None:
    """LocalStack has no update."""
    Patch.function(CloudWatchAlarmProvider.update, _update).apply()


def _update(_: Any, provider: CloudWatchAlarmProvider, request: Any) -> ProgressEvent[Any]:
    refuse(changed(provider, request) - _SUPPORTED)
    after = request.desired_state
    settings = {name: after[name] for name in _SUPPORTED if name in after}
    request.aws_client_factory.cloudwatch.put_metric_alarm(
        AlarmName=request.previous_state["AlarmName"], **settings
    )
    return done(provider, request)
