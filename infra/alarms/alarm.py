"""What an alarm is: what it watches, when it fires, and what it says then.

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
"""What no data means: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of a stage; it tells the topic of alerts when it fires, and when it is over."""

    name: str
    """Without the stage: `dead-letters`; its section in the runbook."""
    meaning: str
    first: str
    """What to do first."""
    watches: Signal | Expression
    at_least: float | None = None
    """It fires at or above this ..."""
    below: float | None = None
    """... or below that."""
    period: int = MINUTE
    periods: int = 1
    """So many in a row."""
    missing: Missing = "notBreaching"
    """A count that is missing is none counted, and a queue that tells no age is empty."""

    def resource(self, settings: StageSettings, topic: Topic) -> AlarmResource:
        """As CloudFormation has it."""
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
