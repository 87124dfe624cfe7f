"""Definition of an alarm: the signal it watches, the threshold at which it fires, and its message.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from dataclasses import dataclass
from typing import Any, Literal

from troposphere import Ref
from troposphere.cloudwatch import Alarm as AlarmResource
from troposphere.cloudwatch import MetricDataQuery
from troposphere.sns import Topic

from infra.alarms.signals import Expression, Signal
from infra.stages import StageSettings

RUNBOOK = "docs/operations.md"
MINUTE = 60

Missing = Literal["breaching", "notBreaching"]
"""Treatment of periods without data: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of a stage. It notifies the alert topic when it fires and when it returns to OK."""

    name: str
    """The name without the stage, such as `dead-letters`; also its heading in the runbook."""
    meaning: str
    first: str
    """The first thing to do."""
    watches: Signal | Expression
    at_least: float | None = None
    """The alarm fires at or above this value; set either this or `below`."""
    below: float | None = None
    """The alarm fires below this value."""
    period: int = MINUTE
    periods: int = 1
    """Number of consecutive periods that must be beyond the threshold."""
    missing: Missing = "notBreaching"
    """The default suits counters, which have no data for 0, and queues, which report no age while empty."""

    def resource(self, settings: StageSettings, topic: Topic) -> AlarmResource:
        """Return the alarm as a CloudFormation resource."""
        if self.at_least is not None:
            threshold, comparison = self.at_least, "GreaterThanOrEqualToThreshold"
        else:
            assert self.below is not None
            threshold, comparison = self.below, "LessThanThreshold"
        return AlarmResource(
            "".join(word.capitalize() for word in self.name.split("-")) + "Alarm",
            AlarmName=f"{settings.stack_name}-{self.name}",
            AlarmDescription=f"{self.meaning} First: {self.first} More: {RUNBOOK}#{self.name}",
            Threshold=threshold,
            ComparisonOperator=comparison,
            EvaluationPeriods=self.periods,
            DatapointsToAlarm=self.periods,
            TreatMissingData=self.missing,
            AlarmActions=[Ref(topic)],
            OKActions=[Ref(topic)],
            **self._watched(),
        )

    def _watched(self) -> dict[str, Any]:
        if isinstance(self.watches, Signal):
            signal = self.watches
            return {
                "Namespace": signal.namespace,
                "MetricName": signal.name,
                "Dimensions": signal.named_dimensions(),
                "Statistic": signal.stat,
                "Period": self.period,
            }
        queries = [
            MetricDataQuery(Id=id, MetricStat=signal.metric_stat(self.period), ReturnData=False)
            for id, signal in self.watches.metrics.items()
        ]
        result = MetricDataQuery(Id="result", Expression=self.watches.text, ReturnData=True)
        return {"Metrics": [*queries, result]}
