"""Benchmark of concurrent calls that wait for the same task: their delay and their reads.

`.venv/bin/python -m benchmarks.waiters` starts a sandbox of its own, has 50 calls wait for a task (`GET
/tasks/{taskId}?waitSeconds=`), and cancels it. For each of three rounds it prints how long after the
cancellation the calls were answered, and how often each of them read the table while all were waiting,
besides the read with which it began. The results depend on the machine, so no test asserts them.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import uuid4

from benchmarks.emulators.faultline import EMULATOR
from benchmarks.errors import MeasurementFailed
from benchmarks.run import deployed
from benchmarks.stack import Stack
from faultline.client.api import Answer
from infra.deploy.packaging import build, local_platform
from lambdas.domain.lifecycle import Status

_WAITERS = 50
_ROUNDS = 3
_WAIT_SECONDS = 25
_BEGUN_AFTER_SECONDS = 4.0
"""Time after which all calls are assumed to wait."""
_COUNTED_SECONDS = 6.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """The results of a round.

    Attributes:
        delays: Time from the task's end to each answer, in seconds.
        reads_a_second: Reads of the table per call and second, while all calls wait.
    """

    delays: tuple[float, ...]
    reads_a_second: float


def run_round(stack: Stack) -> Round:
    """Run a round: start calls that wait for a task, and cancel the task after a while.

    Raises:
        MeasurementFailed: If a call returns before the cancellation, or without the cancelled task.
    """
    task_id, later = str(uuid4()), datetime.now(UTC) + timedelta(hours=1)
    _body(stack.api.submit({"taskId": task_id, "payload": {}, "runAt": later.isoformat()}))

    def wait(_: int) -> tuple[float, str]:
        status = _body(stack.api.task(task_id, wait_seconds=_WAIT_SECONDS))["status"]
        return time.time(), status

    with ThreadPoolExecutor(_WAITERS) as clients:
        waits = [clients.submit(wait, number) for number in range(_WAITERS)]
        time.sleep(_BEGUN_AFTER_SECONDS)
        began, reads = time.monotonic(), _reads(stack)
        time.sleep(_COUNTED_SECONDS)
        rate = (_reads(stack) - reads) / (time.monotonic() - began) / _WAITERS
        task = _body(stack.api.cancel(task_id))
        answers = [each.result() for each in waits]
    ended = datetime.fromisoformat(task["updatedAt"]).timestamp()
    if early := [status for at, status in answers if at < ended or status != Status.CANCELLED]:
        raise MeasurementFailed(f"{len(early)} calls did not wait until the task had ended")
    return Round(delays=tuple(sorted(at - ended for at, _ in answers)), reads_a_second=rate)


def _body(answer: Answer) -> dict[str, Any]:
    if not answer.ok:
        raise MeasurementFailed(f"a call was refused: {answer.problem()}")
    return dict(answer.body)


def _reads(stack: Stack) -> float:
    """Return the number of GetItem calls on the table in the last hour."""
    now = datetime.now(UTC)
    found = stack.session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName="SuccessfulRequestLatency",
        Dimensions=[
            {"Name": "TableName", "Value": stack.outputs.task_table_name},
            {"Name": "Operation", "Value": "GetItem"},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["SampleCount"],
    )
    return sum(point["SampleCount"] for point in found["Datapoints"])


def main() -> None:
    """Print the results of each round."""
    with deployed(EMULATOR, build(local_platform())) as (stack, _):
        run_round(stack)  # warms up the environments for the calls
        for number in range(1, _ROUNDS + 1):
            found = run_round(stack)
            middle, last = median(found.delays) * 1000, found.delays[-1] * 1000
            print(
                f"round {number}: {_WAITERS} calls answered {middle:.0f} ms after the end at the median, "
                f"{last:.0f} ms at the latest; {found.reads_a_second:.2f} reads a second each"
            )


if __name__ == "__main__":
    main()
