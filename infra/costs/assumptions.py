"""Cost factors that the template does not contain, each with its source.

Tests compare the measurable ones with the code: `tests/unit/infra/costs` and `tests/e2e/test_costs.py`.
"""

from typing import Final

from lambdas.release_tasks.handler import IDLE_EVERY_SECONDS, UNSENT_EVERY_SECONDS
from lambdas.telemetry.metrics import Metric

POLLERS: Final = 5
"""Pollers of an SQS event source mapping while its queue is empty. AWS starts with five batches at once:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
POLL_SECONDS: Final = 20
"""How long a poller's request waits at an empty queue, which is SQS's maximum:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""

LOOK_SECONDS: Final = 0.1
"""Estimated duration of one pass of release_tasks, including all its calls to DynamoDB."""
UNITS_PER_EMPTY_READ: Final = 0.5
"""Read units of a query or scan that finds nothing, eventually consistent; a consistent one takes twice that:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
KMS_SECONDS: Final = 300
"""Time for which DynamoDB and SQS reuse a data key before they call KMS again, for each principal:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""

RUN_LOG_BYTES: Final = 600
"""Minimum log of an invocation: Lambda's START, END and REPORT lines, with 26 bytes each of overhead:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Guidelines.html"""
TASK_LOG_BYTES: Final = 6_000
"""Log of the functions and the API about a task that succeeds at its first attempt, at level INFO."""

MEMORY_METRICS: Final = 1 + len(Metric.MEMORY_USED.dimensions)
"""Metrics of a busy function: its memory, by the stage and the function. Idle ones publish none, and a
metric costs only for the hours in which it is published."""
_TASK_METRICS = (
    Metric.TASKS_SUBMITTED,
    Metric.ATTEMPTS,
    Metric.TASKS_SUCCEEDED,
    Metric.QUEUE_LATENCY,
    Metric.PROCESSING_TIME,
    Metric.END_TO_END_TIME,
)
TASK_METRICS: Final = sum(1 + len(metric.dimensions) for metric in _TASK_METRICS)
"""Metrics that tasks of one kind publish when nothing fails, by the stage and by the kind."""
API_METRICS: Final = 5
"""Detailed metrics of one method of the API, where they are on: Count, Latency, IntegrationLatency, 4XXError
and 5XXError: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"""

API_REQUESTS: Final = 1
"""Requests to the API per task: its submission, and none for its result."""
QUEUE_REQUESTS: Final = 3
"""Requests to the queue per task: SendMessage by submit_task, ReceiveMessage and DeleteMessage by Lambda."""
SUBMIT_SECONDS: Final = 0.05
"""Estimated duration of a warm submit_task."""
PROCESS_SECONDS: Final = 0.1
"""Estimated duration of a warm process_task for one task, without the work itself."""
SAMPLED: Final = 0.05
"""The share of requests that X-Ray traces beyond the first of each second:
https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html"""


def looks_per_run(seconds: float, *, until_idle: bool) -> int:
    """Return the number of passes in a run of release_tasks while no task waits."""
    return 1 if until_idle else max(1, -int(-seconds // IDLE_EVERY_SECONDS))


def seconds_per_run(seconds: float, *, until_idle: bool) -> float:
    """Return the duration of a run of release_tasks while no task waits, in seconds."""
    looks = looks_per_run(seconds, until_idle=until_idle)
    return (looks - 1) * IDLE_EVERY_SECONDS + LOOK_SECONDS


def reads_per_run(seconds: float, *, until_idle: bool, shards: int) -> float:
    """Return the read units of a run of release_tasks while no task waits.

    Each pass is a single read, as is the check of whether the run may end. Once every UNSENT_EVERY_SECONDS, a
    run queries each shard for tasks that were never sent.
    """
    looks = looks_per_run(seconds, until_idle=until_idle)
    unsent = -(-looks * IDLE_EVERY_SECONDS // UNSENT_EVERY_SECONDS)
    reads = looks + until_idle + unsent * shards
    return reads * UNITS_PER_EMPTY_READ
