"""What starts the functions that read queues.

ReportBatchItemFailures, so that one bad message of ten does not bring the others back:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from typing import Any, ClassVar

from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import EventSourceMapping, Function, ScalingConfig
from troposphere.validators import integer

from infra.stack.queues import Queues
from infra.stages import StageSettings

_BATCH_SIZE = 10
"""The most that a FIFO queue allows."""


class _QueueScaling(ScalingConfig):  # type: ignore[misc] # troposphere is not typed
    """A mapping's own: in troposphere 4.11.1 another resource's class of the same name stands in its place.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-eventsourcemapping-scalingconfig.html
    """

    props: ClassVar = {"MaximumConcurrency": (integer, False)}


def add_sources(
    template: Template, settings: StageSettings, queues: Queues, *, process: Function, monitor: Function
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
            **common,
        )
    )
