"""Verification of a deployed stage, which runs all checks in parallel."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from faultline.client.errors import ApiUnreachable
from faultline.operations.verification import access, functions, observability, resources, tasks
from faultline.operations.verification.check import Check, NotApplicable, NotAsPromised, Result
from faultline.operations.verification.deployed import Deployed

_AGAIN = "deploy again; if that changes nothing, undo what was changed by hand: docs/operations.md"
_FIRST_LOOK = "see the functions' log, the alarms and the queue: docs/operations.md"

CHECKS = (
    Check(promise="a call without a key is refused on every route", advice=_AGAIN, run=access.keys),
    Check(promise="a task succeeds", advice=_FIRST_LOOK, run=tasks.done),
    Check(promise="a failing task is retried and dead-lettered", advice=_FIRST_LOOK, run=tasks.retried),
    Check(promise="a dead letter is redriven", advice=_FIRST_LOOK, run=tasks.redriven),
    Check(promise="a task is cancelled", advice=_FIRST_LOOK, run=tasks.cancelled),
    Check(promise="tasks of one ordering key run in order", advice=_FIRST_LOOK, run=tasks.in_order),
    Check(
        promise="a task has a trace", advice="see the roles' permission for X-Ray", run=observability.trace
    ),
    Check(
        promise="a failure is in the log", advice="see the roles' permission to log", run=observability.logs
    ),
    Check(promise="the dashboards exist", advice=_AGAIN, run=observability.dashboards),
    Check(promise="every alarm notifies the topic", advice=_AGAIN, run=observability.alarms_tell),
    Check(promise="an alarm fires and recovers", advice=_AGAIN, run=observability.alarm_fires),
    Check(promise="the alarms watch resources that exist", advice=_AGAIN, run=resources.names),
    Check(promise="data is encrypted as configured", advice=_AGAIN, run=resources.encryption),
    Check(promise="data is kept as configured", advice=_AGAIN, run=resources.retention),
    Check(promise="the table is protected as configured", advice=_AGAIN, run=resources.protection),
    Check(promise="functions run published versions", advice=_AGAIN, run=functions.versions),
    Check(promise="recursive loops are allowed as configured", advice=_AGAIN, run=functions.loops),
    Check(
        promise="functions have the configured concurrency",
        advice="remove limits that somebody set (aws lambda delete-function-concurrency), deploy again, or "
        "undo what was changed by hand: docs/operations.md",
        run=functions.concurrency,
    ),
    Check(
        promise="no role has a wildcard that is not in the template", advice=_AGAIN, run=access.no_wildcards
    ),
    Check(promise="unnamed resources have the stack's tag", advice=_AGAIN, run=access.tags),
)


def verify(
    stage: Deployed,
    checks: Sequence[Check] = CHECKS,
    *,
    told: Callable[[Result], None] = lambda _: None,
    notice: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Run checks in parallel; they leave behind only ended tasks, which expire.

    Checks that have begun are finished even if the call is interrupted.

    Args:
        stage: The deployed stage.
        checks: The checks to run.
        told: Function to call with each result, in the order of the checks.
        notice: Function to call with a line about an interruption.

    Returns:
        The results, in the order of the checks.
    """
    found = []
    with ThreadPoolExecutor(len(checks)) as pool:
        try:
            for result in pool.map(lambda check: _result(check, stage), checks):
                told(result)
                found.append(result)
        except KeyboardInterrupt:
            notice("waiting for the checks that have begun, since they cancel their dead letters ...")
            raise
    return found


def _result(check: Check, stage: Deployed) -> Result:
    began = time.monotonic()
    holds: bool | None = True
    reason = ""
    try:
        check.run(stage)
    except NotApplicable as why:
        holds, reason = None, str(why)
    except (NotAsPromised, ApiUnreachable, BotoCoreError, ClientError) as why:
        holds, reason = False, " ".join(str(why).split())
    except Exception as why:  # noqa: BLE001 # one check must not affect the results of the others
        holds, reason = False, f"unexpected {type(why).__name__}: {why}"
    return Result(check=check, holds=holds, reason=reason, seconds=time.monotonic() - began)
