"""Function that reads, lists, counts, cancels and redrives tasks."""

import time
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from lambdas.application.initialization import prepare
from lambdas.application.settings import ManageSettings
from lambdas.application.waiting import WaitSeconds, end_waiter
from lambdas.application.wiring import Wiring, now, wire
from lambdas.domain.errors import Category
from lambdas.domain.serialization import GivenTime, JsonModel
from lambdas.domain.submission import TaskId
from lambdas.domain.task import Task, TaskSummary
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import CORRELATION_HEADER, Content, correlation_id, problems, resolver
from lambdas.http.task_json import summary, whole
from lambdas.manage_tasks import list_query as query
from lambdas.manage_tasks.cancel import cancel
from lambdas.manage_tasks.redrive import Redriver
from lambdas.manage_tasks.stats import Statistician, Stats, Window
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.dead_letters import DeadLetters
from lambdas.store.listing import MAX_PAGE_BYTES, InvalidToken, TaskListing, bytes_in_answer
from lambdas.store.payloads import PayloadGone
from lambdas.store.snapshot import Snapshot
from lambdas.store.task_filter import TaskFilter
from lambdas.telemetry import events
from lambdas.telemetry.environment import measured
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracing import annotate, tracer

app = resolver(unavailable=(TableOverloaded,))


class TaskPage(JsonModel):
    """A page of a list: `{tasks, nextToken?}`."""

    tasks: list[TaskSummary | Task]
    next_token: str | None = None


TASK: Content = {"application/json": {"model": Task}}


class RedriveRequest(JsonModel):
    """Which dead letters to redrive: `{category?, before?, limit?}`."""

    category: Category | None = Field(default=None, description="Only those of this category.")
    before: GivenTime | None = Field(
        default=None,
        description="Only those that were given up before this time. Repeating the call with the same time "
        "does not redrive tasks that fail again.",
    )
    limit: int = Field(default=100, ge=1, le=500, description="How many at most.")


class Redriven(JsonModel):
    """Outcome of redriving dead letters: `{redriven, more}`."""

    redriven: Annotated[int, Field(description="How many tasks were redriven.")]
    more: Annotated[bool, Field(description="Whether dead letters are left that were not looked at.")]


@cache
def aws() -> Wiring:
    """Return the clients and the objects that use them, made once."""
    return wire(ManageSettings.read())


@cache
def listing() -> TaskListing:
    """Return what reads lists, made once."""
    return TaskListing(aws().dynamodb, ManageSettings.read().task_table_name, aws().objects)


@cache
def redriver() -> Redriver:
    """Return what redrives tasks, made once."""
    return Redriver(
        table=aws().table,
        dead_letters=DeadLetters(aws().dynamodb, ManageSettings.read().task_table_name),
        dispatcher=aws().dispatcher,
        now=now,
        sleep=time.sleep,
    )


@cache
def statistician() -> Statistician:
    """Return what makes statistics, made once."""
    settings = ManageSettings.read()
    return Statistician(
        dynamodb=aws().dynamodb,
        task_table_name=settings.task_table_name,
        circuit_table_name=settings.circuit_table_name,
        now=now,
    )


@app.get(
    "/tasks/<taskId>",
    operation_id="readTask",
    summary="Read a task, or wait for it to end",
    responses={
        200: {"description": "The task", "content": TASK},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND),
    },
)
def read_task(
    task_id: Annotated[TaskId, Path(alias="taskId")], wait_seconds: WaitSeconds = 0
) -> Response[dict[str, Any]]:
    """Answer with a task, at once or when it has ended."""
    task = _found(task_id).task
    if wait_seconds:
        waiter = end_waiter(aws().table)
        task = waiter.until_ended(task, wait_seconds, remaining_seconds=_seconds_left())
    return _answer(HTTPStatus.OK, _shown(task))


@app.delete(
    "/tasks/<taskId>",
    operation_id="cancelTask",
    summary="Cancel a task",
    responses={
        202: {"description": "Cancelled", "content": TASK},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND, ProblemType.NOT_CANCELLABLE),
    },
)
def cancel_task(task_id: Annotated[TaskId, Path(alias="taskId")]) -> Response[dict[str, Any]]:
    """Cancel a task and answer with it."""
    cancelled = cancel(
        _found(task_id),
        by=requester(app.current_event),
        table=aws().table,
        queue=aws().queue,
        ordering=aws().ordering,
        at=now(),
    )
    return _answer(HTTPStatus.ACCEPTED, _shown(cancelled))


@app.post(
    "/tasks/<taskId>/redrive",
    operation_id="redriveTask",
    summary="Redrive a dead letter: a new generation, with all its attempts",
    responses={
        202: {"description": "Queued again", "content": TASK},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND, ProblemType.NOT_REDRIVABLE),
    },
)
def redrive_task(task_id: Annotated[TaskId, Path(alias="taskId")]) -> Response[dict[str, Any]]:
    """Redrive a task and answer with it."""
    redriven = redriver().redrive(_found(task_id).task, by=requester(app.current_event))
    return _answer(HTTPStatus.ACCEPTED, _shown(redriven))


@app.post(
    "/redrives",
    operation_id="redriveTasks",
    summary="Redrive dead letters, those first that were submitted first",
    responses={
        202: {"description": "Queued again", "content": {"application/json": {"model": Redriven}}},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.UNSUPPORTED_MEDIA_TYPE),
    },
)
def redrive_tasks(request: Annotated[RedriveRequest, Body()]) -> Response[dict[str, Any]]:
    """Redrive dead letters and answer how many were."""
    by = requester(app.current_event)
    outcome = redriver().redrive_all(
        by=by, category=request.category, before=request.before, limit=request.limit, seconds=_seconds_left()
    )
    events.dead_letters_redriven(outcome.redriven, criteria=request.model_dump(mode="json"), by=by)
    return _answer(HTTPStatus.ACCEPTED, {"redriven": outcome.redriven, "more": outcome.more})


@app.get(
    "/tasks",
    operation_id="listTasks",
    summary="List tasks, newest first",
    responses={
        200: {"description": "A page of tasks", "content": {"application/json": {"model": TaskPage}}},
        **problems(ProblemType.INVALID_REQUEST),
    },
)
def list_tasks(
    status: query.Statuses = [],  # noqa: B006 # Powertools takes no factory, and nothing changes it
    type: query.OfType = None,
    category: query.OfCategory = None,
    ordering_key: query.OfOrderingKey = None,
    reference: query.OfReference = None,
    tag: query.Tagged = None,
    text: query.WithText = None,
    submitted_after: query.SubmittedAfter = None,
    submitted_before: query.SubmittedBefore = None,
    limit: query.Limit = 20,
    next_token: query.NextToken = None,
    view: query.ViewOf = query.View.SUMMARY,
) -> Response[dict[str, Any]]:
    """Answer with a page of a list."""
    wanted = TaskFilter(
        statuses=tuple(sorted(set(status))),
        type=type,
        category=category,
        ordering_key=ordering_key,
        reference=reference,
        tag=tag,
        text=text,
        submitted_after=submitted_after,
        submitted_before=submitted_before,
    )
    is_full = view is query.View.FULL
    try:
        page = listing().page(wanted, limit, next_token, whole=is_full)
    except InvalidToken as error:
        raise ApiError(
            ProblemType.INVALID_REQUEST,
            f"Not valid: nextToken {error}",
            errors=[FieldError(field="nextToken", message=str(error))],
        ) from error
    token = {"nextToken": page.next_token} if page.next_token else {}
    shown = whole if is_full else summary
    return _answer(HTTPStatus.OK, {"tasks": [shown(task) for task in page.tasks], **token})


@app.get(
    "/stats",
    operation_id="readStats",
    summary="Count tasks, and say what has died lately, what waits and what is down",
    responses={
        200: {"description": "Statistics", "content": {"application/json": {"model": Stats}}},
        **problems(ProblemType.INVALID_REQUEST),
    },
)
def read_stats(
    window: Annotated[Window, Query(description="How far back dead letters are counted.")] = Window.HOUR,
) -> Response[dict[str, Any]]:
    """Answer with statistics."""
    found = statistician().stats(window)
    return _answer(HTTPStatus.OK, found.model_dump(mode="json", by_alias=True, exclude_none=True))


def _seconds_left() -> float:
    return app.lambda_context.get_remaining_time_in_millis() / 1000


def _found(task_id: str) -> Snapshot:
    annotate(task_id=task_id)
    found = aws().table.snapshot(task_id)
    if found is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no task {task_id}.")
    return found


def _shown(task: Task) -> dict[str, Any]:
    """Return a task with payload and result; without the payload if both are too much for one answer."""
    task = aws().table.with_result(task)
    with suppress(PayloadGone):  # it is then shown as the record has it
        complete = aws().table.with_payload(task)
        return whole(complete if bytes_in_answer(complete) <= MAX_PAGE_BYTES else task)
    return whole(task)


def _answer(status: HTTPStatus, body: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response(
        status_code=status,
        content_type="application/json",
        headers={CORRELATION_HEADER: correlation_id(app)},
        body=body,
    )


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request of API Gateway."""
    return app.resolve(event, context)


prepare(listing, redriver, statistician)
