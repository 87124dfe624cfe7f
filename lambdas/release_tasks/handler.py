"""Function that releases waiting tasks: it runs every minute, and makes a pass every second or two.

A pass queries each shard of an index, for tasks that are due and for turns to check. The first one, and each
that follows a pass that released nothing and left nothing, needs only a single read while no task waits, and
after such a pass the next one follows after two seconds instead of one. This saves nine in ten reads of an
idle stage.
"""

import time
from datetime import timedelta
from functools import cache, partial
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.application.batch_ends import BatchEnds
from lambdas.application.clients import CLIENT_CONFIG
from lambdas.application.dynamodb_retries import patient
from lambdas.application.expiry import Expiry
from lambdas.application.initialization import prepare
from lambdas.application.settings import ReleaseSettings
from lambdas.application.wiring import now, wire
from lambdas.release_tasks.releaser import Pass, Releaser
from lambdas.release_tasks.timers import TimerRunner
from lambdas.store.circuits import Circuits
from lambdas.store.holds import Holds
from lambdas.store.task_index import TaskIndex
from lambdas.store.timers import BATCH, EXPIRY, Timers
from lambdas.telemetry.environment import measured
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracing import tracer

EVERY_SECONDS = 1.0
IDLE_EVERY_SECONDS = 2.0
# Seconds between searches for tasks whose messages were never sent, which are rare.
UNSENT_EVERY_SECONDS = 10.0
# Maximum duration of a pass in seconds, including some slow calls; no pass begins when less time is left.
MARGIN_SECONDS = 8.0
# Seconds that must be left for a task, including a slow call; with less, a pass ends before the next task.
TASK_MARGIN_SECONDS = 4.0
IDLE = {"released": 0}
"""Result of a run that found nothing to release."""


@cache
def releaser() -> Releaser:
    """Return the function's Releaser, created on the first call."""
    settings = ReleaseSettings.read()
    aws = wire(settings)
    client = patient(boto3.client("dynamodb", config=CLIENT_CONFIG))
    circuits = Circuits(
        client,
        settings.circuit_table_name,
        failure_threshold=1,  # the function calls no dependency
        recovery_seconds=settings.circuit_recovery_seconds,
    )
    return Releaser(
        table=aws.table,
        index=TaskIndex(aws.dynamodb, settings.task_table_name),
        circuits=circuits,
        holds=Holds(client, settings.circuit_table_name),
        dispatcher=aws.dispatcher,
        ordering=aws.ordering,
        timers=TimerRunner(
            timers=Timers(aws.dynamodb, settings.task_table_name),
            handlers={
                EXPIRY: Expiry(table=aws.table, ordering=aws.ordering, now=now).check,
                BATCH: BatchEnds(batches=aws.batches, dispatcher=aws.dispatcher, now=now).check,
            },
            now=now,
        ),
        recovery=timedelta(seconds=settings.circuit_recovery_seconds),
        now=now,
    )


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@partial(measured, idle=IDLE)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Release tasks for a number of seconds, or in a single pass; return `{released}`.

    Args:
        event: `{forSeconds?, untilIdle?}`. Without `forSeconds` there is one pass; with `untilIdle` the run
            ends as soon as no task waits.
        context: Context of the invocation.
    """

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    def is_over() -> bool:
        return seconds_left() < TASK_MARGIN_SECONDS

    ends = time.monotonic() + float(event.get("forSeconds", 0))
    released, looked_for_unsent = 0, -UNSENT_EVERY_SECONDS
    goes_on = False
    while True:
        begun = time.monotonic()
        last = releaser().release(is_over) if goes_on or releaser().is_needed() else Pass()
        released += last.released
        # Timers are no tasks, but more of them may be due than a pass runs.
        goes_on = last.released > 0 or last.is_full
        if begun - looked_for_unsent >= UNSENT_EVERY_SECONDS:
            looked_for_unsent = begun
            released += releaser().send_unsent(is_over)
        if event.get("untilIdle") and not goes_on and not releaser().is_needed():
            return {"released": released}
        wait = (EVERY_SECONDS if goes_on else IDLE_EVERY_SECONDS) - (time.monotonic() - begun)
        if time.monotonic() + max(wait, 0) >= ends or wait >= seconds_left() - MARGIN_SECONDS:
            return {"released": released}
        time.sleep(max(wait, 0))


prepare(releaser)
