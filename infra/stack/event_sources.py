"""The event source mappings that feed functions from the queues.

With ReportBatchItemFailures, a failed message of a batch does not return the others to the queue:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from typing import Any, ClassVar

from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import Alias, EventSourceMapping, ScalingConfig
from troposphere.validators import integer

from infra.stack.queues import Queues
from infra.stages import StageSettings

_BATCH_SIZE = 10
"""The maximum for a FIFO queue."""


class _QueueScaling(ScalingConfig):  # type: ignore[misc] # troposphere is not typed
    """A mapping's ScalingConfig, hidden in troposphere 4.11.1 by another class of that name.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-eventsourcemapping-scalingconfig.html
    """

    props: ClassVar = {"MaximumConcurrency": (integer, False)}


def add_sources(
    template: Template, settings: StageSettings, queues: Queues, *, process: Alias, monitor: Alias
) -> None:
    """Feed process_task from the task queue and monitor_dlq from the dead-letter queue."""
    common: dict[str, Any] = {
        "BatchSize": _BATCH_SIZE,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    template.add_resource(
        EventSourceMapping(
            "ProcessTaskSource",
            EventSourceArn=GetAtt(queues.tasks, "Arn"),
            FunctionName=Ref(process),
            ScalingConfig=_QueueScaling(MaximumConcurrency=settings.process_concurrency),
            **common,
        )
    )
    template.add_resource(
        EventSourceMapping(
            "MonitorDlqSource",
            EventSourceArn=GetAtt(queues.dlq, "Arn"),
            FunctionName=Ref(monitor),
            ScalingConfig=_QueueScaling(MaximumConcurrency=settings.monitor_concurrency),
            **common,
        )
    )
