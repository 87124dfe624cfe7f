"""Publication of the metrics in log events of the embedded metric format, which LocalStack lacks.

Errors are counted in metrics of the log group:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localstack.utils.patch import Patch
from moto.logs.models import LogsBackend

from sandbox.common.log_and_continue import contained
from sandbox.services.cloudwatch.store import METRICS, Metric, Sample
from sandbox.services.logs.embedded_metrics import Extracted, Invalid, Malformed, extract

NAMESPACE = "AWS/Logs"


def install() -> None:
    """Start publishing the metrics, including those in function logs."""
    Patch.function(LogsBackend.put_log_events, put_log_events).apply()


def put_log_events(
    put: Any,
    backend: LogsBackend,
    log_group_name: str,
    log_stream_name: str,
    log_events: Iterable[Mapping[str, Any]],
) -> Any:
    """Wrap LogsBackend.put_log_events, to publish the metrics of events that it accepts."""
    answer = put(backend, log_group_name, log_stream_name, log_events)
    with contained(f"a log event of {log_group_name}"):
        METRICS.add(
            sample
            for event in log_events
            for sample in _samples(event["message"], log_group_name, backend.account_id, backend.region_name)
        )
    return answer


def _samples(message: str, log_group: str, account: str, region: str) -> Iterator[Sample]:
    now = time.time()
    try:
        for each in extract(message, now):
            yield _sample(each, account, region)
    except (Malformed, Invalid) as error:
        name = "EMFParsingErrors" if isinstance(error, Malformed) else "EMFValidationErrors"
        metric = Metric(account, region, NAMESPACE, name, (("LogGroupName", log_group),))
        yield Sample(metric, ((1, 1),), now)


def _sample(found: Extracted, account: str, region: str) -> Sample:
    metric = Metric(account, region, found.namespace, found.name, found.dimensions)
    return Sample(metric, [(value, 1) for value in found.values], found.at, found.unit, found.resolution)
