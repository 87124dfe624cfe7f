"""The CloudWatch metrics that alarms and dashboards use.

The functions' own metrics are in `lambdas.telemetry.metrics`. AWS documents its metrics here:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

Resources are identified by name, not by reference: their names are fixed, so CloudFormation need not create
them before an alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from troposphere.cloudwatch import Metric, MetricDimension, MetricStat

from infra.stages import StageSettings
from lambdas.telemetry.metrics import NAMESPACE, STAGE
from lambdas.telemetry.metrics import Metric as OurMetric


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A statistic of a metric."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    stat: str

    def metric(self) -> Metric:
        """Return the metric in CloudFormation's form."""
        return Metric(Namespace=self.namespace, MetricName=self.name, Dimensions=self.named_dimensions())

    def metric_stat(self, period: int) -> MetricStat:
        """Return the metric as an operand of an alarm's metric math."""
        return MetricStat(Metric=self.metric(), Period=period, Stat=self.stat)

    def named_dimensions(self) -> list[MetricDimension]:
        """Return the dimensions in CloudFormation's form."""
        return [MetricDimension(Name=name, Value=value) for name, value in self.dimensions.items()]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Metric math over metrics that it refers to by id, of which an alarm may use ten.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """

    text: str
    metrics: Mapping[str, Signal]


def counted(settings: StageSettings, metric: OurMetric, stat: str = "Sum", **dimensions: str) -> Signal:
    """Return a signal of one of the functions' own metrics, with the stage and `dimensions`."""
    return Signal(
        namespace=NAMESPACE,
        name=metric.title,
        dimensions={STAGE: settings.name, **dimensions},
        stat=stat,
    )


def of_function(settings: StageSettings, function: str, metric: str, stat: str = "Sum") -> Signal:
    """Return a signal of a function, given by its short name."""
    dimensions = {"FunctionName": settings.function_name(function)}
    return Signal(namespace="AWS/Lambda", name=metric, dimensions=dimensions, stat=stat)


def of_task_queue(settings: StageSettings, metric: str, stat: str) -> Signal:
    """Return a signal of the task queue."""
    return _of_queue(settings.task_queue_name, metric, stat)


def of_dlq(settings: StageSettings, metric: str, stat: str) -> Signal:
    """Return a signal of the dead-letter queue."""
    return _of_queue(settings.dlq_name, metric, stat)


def of_table(table: str, metric: str, stat: str = "Sum", **dimensions: str) -> Signal:
    """Return a statistic of a DynamoDB table, or of the index or operation that `dimensions` select."""
    return Signal(
        namespace="AWS/DynamoDB", name=metric, dimensions={"TableName": table, **dimensions}, stat=stat
    )


def of_api(settings: StageSettings, metric: str, stat: str = "Sum") -> Signal:
    """Return a signal of the API."""
    dimensions = {"ApiName": settings.stack_name, "Stage": settings.name}
    return Signal(namespace="AWS/ApiGateway", name=metric, dimensions=dimensions, stat=stat)


def _of_queue(name: str, metric: str, stat: str) -> Signal:
    return Signal(namespace="AWS/SQS", name=metric, dimensions={"QueueName": name}, stat=stat)
