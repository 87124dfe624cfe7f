"""Attempts at tasks of your own kinds, in milliseconds and without AWS.

Registry, validation, timeouts, error classification and retry policies are the same as in the functions.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from math import inf
from typing import Any

from pydantic import JsonValue

from faultline.testing.environment import variables
from faultline.testing.outcomes import Cancelled, Dies, Ended, Outcome, Retries, Succeeded
from infra.errors import InvalidProject
from infra.project.project import find
from lambdas.domain import strict_json
from lambdas.domain.errors import WORK_ERRORS, Category, InvalidWork, classify
from lambdas.domain.library_errors import retry_after
from lambdas.process_task.attempt import dependency_of, validated
from lambdas.process_task.attempt import perform as perform_work
from lambdas.process_task.json_result import as_json
from lambdas.store.results import MAX_RESULT_BYTES, too_large
from lambdas.telemetry.tracebacks import traceback_of
from lambdas.work.discovery import discovered
from lambdas.work.kinds import BUILT_IN
from lambdas.work.registry import (
    DEFAULT_RETRY,
    Kind,
    Registry,
    UnknownKind,
    WorkContext,
    never_cancelled,
)
from lambdas.work.unimported_kinds import unimported_kinds


def perform(
    kind: str,
    payload: Mapping[str, Any],
    *,
    attempt: int = 1,
    stage: str = "dev",
    secrets: Mapping[str, str] | None = None,
    private_addresses: bool = True,
    cancelled: bool | Callable[[], bool] = False,
) -> Outcome:
    """Make one attempt at a task.

    Args:
        kind: Name of the kind of work.
        payload: Payload as a client would submit it.
        attempt: Number of the attempt; 1 is the first.
        stage: Name of the stage, which determines `context.stage` and the environment variables.
        secrets: Values that `context.secret` returns, by name.
        private_addresses: Whether the work may connect to loopback and private networks.
        cancelled: What `context.cancelled` returns, or a function that is called until it returns true. An
            attempt that fails thereafter is Cancelled.

    Raises:
        InvalidProject: If the project's kinds cannot be imported.
        UnknownStage: If there is no stage of that name.
        ValueError: If the payload is not JSON.
    """
    submitted = _submitted(payload)
    stops = cancelled is True

    def asks_to_stop() -> bool:
        nonlocal stops
        stops = stops or (callable(cancelled) and cancelled())
        return stops

    with variables(stage):
        context = _context(attempt, secrets or {}, private_addresses, stage, asks_to_stop)
        made = _attempt(kind, submitted, context, simulated=None)
    return Cancelled(error=made.error) if stops and isinstance(made, Retries | Dies) else made


def run_to_end(
    kind: str,
    payload: Mapping[str, Any],
    *,
    failing: Sequence[str | None] = (),
    stage: str = "dev",
    secrets: Mapping[str, str] | None = None,
    private_addresses: bool = True,
) -> Ended:
    """Make attempts at a task until it ends, without waiting between them.

    Args:
        kind: Name of the kind of work.
        payload: Payload as a client would submit it.
        failing: For each of the first attempts, the category of a simulated failure, such as `NETWORK`, or
            None to perform the work.
        stage: See `perform`.
        secrets: See `perform`.
        private_addresses: See `perform`.

    Raises:
        InvalidProject: If the project's kinds cannot be imported.
        UnknownStage: If there is no stage of that name.
        ValueError: If the payload is not JSON, or `failing` has an unknown category.
    """
    submitted = _submitted(payload)
    attempts = list[Outcome]()
    seconds = 0
    while True:
        wanted = failing[len(attempts)] if len(attempts) < len(failing) else None
        category = None if wanted is None else Category(wanted)
        with variables(stage):
            context = _context(len(attempts) + 1, secrets or {}, private_addresses, stage)
            made = _attempt(kind, submitted, context, simulated=category)
        attempts.append(made)
        if not isinstance(made, Retries):
            return Ended(attempts=tuple(attempts), seconds=seconds)
        seconds += made.after_seconds


@cache
def kinds() -> Registry:
    """Return the kinds of work of the project in the current folder, or else the built-in ones.

    Raises:
        InvalidProject: If a module of the project cannot be imported, or a kind is invalid.
    """
    project = find()
    if project is None:
        return Registry(BUILT_IN)
    if str(project.folder) not in sys.path:
        sys.path.insert(0, str(project.folder))
    registry = discovered(project.kinds, BUILT_IN)
    if unusable := [*registry.unusable, *unimported_kinds(project.kinds)]:
        raise InvalidProject("\n".join(map(str, unusable)))
    return registry


def _submitted(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload as a function reads it.

    Raises:
        ValueError: It is not JSON.
    """
    try:
        read: dict[str, Any] = strict_json.loads(strict_json.dumps(dict(payload)))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"no client could submit this payload: {error}") from None
    return read


def _attempt(
    name: str,
    payload: dict[str, Any],
    context: WorkContext,
    *,
    simulated: Category | None,
) -> Outcome:
    kind: Kind[Any] | None = None
    try:
        kind = _kind(name)
        model = validated(kind, payload)
        _simulate(simulated, context.attempt)
        dependency_of(kind, model)
        return Succeeded(result=_stored(as_json(perform_work(kind, model, context), name)))
    except Exception as error:  # noqa: BLE001 # work may raise anything
        return _failed(kind, error, context.attempt)


def _stored(result: JsonValue) -> JsonValue:
    """Return a result as clients read it: one that is too large to be stored is replaced by its size."""
    size = len(strict_json.dumps(result).encode())
    return too_large(size) if size > MAX_RESULT_BYTES else result


def _kind(name: str) -> Kind[Any]:
    try:
        return kinds()[name]
    except UnknownKind as error:
        raise InvalidWork(str(error)) from error


def _failed(kind: Kind[Any] | None, raised: Exception, attempt: int) -> Outcome:
    if isinstance(raised, InvalidProject):
        raise raised
    error = classify(raised)
    if not error.simulated:
        error = error.model_copy(update={"traceback": traceback_of(raised, kind and kind.perform)})
    delay = None
    if error.retryable:
        policy = kind.policy(error.category) if kind else DEFAULT_RETRY
        delay = policy.next_delay(
            attempt,
            maximum_attempts=kind.maximum_attempts if kind else policy.maximum_attempts,
            retry_after=retry_after(raised, datetime.now(UTC)),
            spread=0.0,
            rounding=1.0,
        )
    return Dies(error=error) if delay is None else Retries(after_seconds=delay, error=error)


def _simulate(category: Category | None, attempt: int) -> None:
    if category is None:
        return
    error = WORK_ERRORS[category](f"simulated: attempt {attempt} was to fail with {category}")
    error.simulated = True
    raise error


def _context(
    attempt: int,
    secrets: Mapping[str, str],
    private_addresses: bool,
    stage: str,
    asks_to_stop: Callable[[], bool] = never_cancelled,
) -> WorkContext:
    def secret(name: str) -> str:
        if name not in secrets:
            raise LookupError(f"no secret is named {name}; give it to the test as secrets={{{name!r}: ...}}")
        return secrets[name]

    return WorkContext(
        task_id="task",
        attempt=attempt,
        stage=stage,
        idempotency_key="task:0",
        correlation_id="test",
        remaining_seconds=lambda: inf,  # until the timeout of the kind
        may_reach_private_addresses=private_addresses,
        secrets=secret,
        asks_to_stop=asks_to_stop,
    )
