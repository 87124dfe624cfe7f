"""Handler of requests that read, list, count, cancel, run or redrive tasks, or pause kinds of work."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from lambdas.application.initialization import prepare
from lambdas.application.waiting import WaitSeconds, end_waiter
from lambdas.application.wiring import now
from lambdas.domain.serialization import JsonModel
from lambdas.domain.stats import Stats, Window
from lambdas.domain.submission import TaskId
from lambdas.domain.task import Task, TaskSummary
from lambdas.http.deadline import seconds_left
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import problems, resolver
from lambdas.http.task_json import summary, whole
from lambdas.manage_tasks import bulk_routes, kind_routes, redrive_routes, run_routes
from lambdas.manage_tasks import list_query as query
from lambdas.manage_tasks.cancel import cancel, may_be_cancelled
from lambdas.manage_tasks.responses import TASK, after_change, answer, found, with_payload
from lambdas.manage_tasks.state_conflict import change_latest
from lambdas.manage_tasks.wiring import MADE_ONCE, aws, listing, statistician
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.listing import InvalidToken
from lambdas.store.task_filter import TaskFilter
from lambdas.telemetry.environment import measured
from lambdas.telemetry.logs import logger
from lambdas.telemetry.tracing import tracer

app = resolver(unavailable=(TableOverloaded,))


class TaskPage(JsonModel):
    """A page of a list: `{tasks, nextToken?}`."""

    tasks: Annotated[list[TaskSummary | Task], Field(description="Tasks, newest first.")]
    next_token: Annotated[
        str | None, Field(description="Token of the next page; absent on the last page.")
    ] = None


@app.get(
    "/tasks/<taskId>",
    operation_id="readTask",
    summary="Read a task",
    responses={
        200: {"description": "The task", "content": TASK},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND),
    },
)
def read_task(
    task_id: Annotated[TaskId, Path(alias="taskId")], wait_seconds: WaitSeconds = 0
) -> Response[dict[str, Any]]:
    """Respond with a task, at once or after waiting for its end."""
    task = found(task_id).task
    if wait_seconds:
        waiter = end_waiter(aws().table)
        task = waiter.until_ended(task, wait_seconds, remaining_seconds=seconds_left(app))
    return answer(app, HTTPStatus.OK, whole(with_payload(task)))


@app.delete(
    "/tasks/<taskId>",
    operation_id="cancelTask",
    summary="Cancel a task",
    responses={
        202: {"description": "Cancelled, or asked to stop", "content": TASK},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND, ProblemType.NOT_CANCELLABLE),
    },
)
def cancel_task(task_id: Annotated[TaskId, Path(alias="taskId")]) -> Response[dict[str, Any]]:
    """Cancel a task; respond with its new state."""
    by, wired = requester(app.current_event), aws()
    cancelled = change_latest(
        lambda: found(task_id),
        may_be_cancelled,
        lambda task: cancel(
            task, by=by, table=wired.table, queue=wired.queue, ordering=wired.ordering, at=now()
        ),
    )
    return answer(app, HTTPStatus.ACCEPTED, whole(after_change(cancelled)))


@app.get(
    "/tasks",
    operation_id="listTasks",
    summary="List tasks",
    responses={
        200: {"description": "A page of tasks", "content": {"application/json": {"model": TaskPage}}},
        **problems(ProblemType.INVALID_REQUEST),
    },
)
def list_tasks(
    status: query.Statuses = [],  # noqa: B006 # Powertools takes no factory, and the list is never changed
    type: query.OfType = None,
    category: query.OfCategory = None,
    error_type: query.OfErrorType = None,
    reason_group: query.OfReasonGroup = None,
    ordering_key: query.OfOrderingKey = None,
    reference: query.OfReference = None,
    tag: query.Tagged = None,
    text: query.WithText = None,
    submitted_after: query.SubmittedAfter = None,
    submitted_before: query.SubmittedBefore = None,
    died_after: query.DiedAfter = None,
    died_before: query.DiedBefore = None,
    limit: query.Limit = 20,
    next_token: query.NextToken = None,
    view: query.ViewOf = query.View.SUMMARY,
) -> Response[dict[str, Any]]:
    """Respond with a page of the list of tasks."""
    wanted = TaskFilter(
        statuses=tuple(sorted(set(status))),
        type=type,
        category=category,
        error_type=error_type,
        reason_group=reason_group,
        ordering_key=ordering_key,
        reference=reference,
        tag=tag,
        text=text,
        submitted_after=submitted_after,
        submitted_before=submitted_before,
        died_after=died_after,
        died_before=died_before,
    )
    is_full = view is query.View.FULL
    try:
        page = listing().page(wanted, limit, next_token, whole=is_full)
    except InvalidToken as error:
        raise ApiError(
            ProblemType.INVALID_REQUEST,
            f"The nextToken {error}.",
            errors=[FieldError(field="nextToken", message=str(error))],
        ) from error
    token = {"nextToken": page.next_token} if page.next_token else {}
    shown = whole if is_full else summary
    return answer(app, HTTPStatus.OK, {"tasks": [shown(task) for task in page.tasks], **token})


@app.get(
    "/stats",
    operation_id="readStats",
    summary="Read statistics",
    responses={
        200: {"description": "Statistics", "content": {"application/json": {"model": Stats}}},
        **problems(ProblemType.INVALID_REQUEST),
    },
)
def read_stats(
    window: Annotated[
        Window, Query(description="Time window, up to now, in which dead letters are counted.")
    ] = Window.HOUR,
) -> Response[dict[str, Any]]:
    """Respond with the statistics of the stage."""
    stats = statistician().stats(window)
    return answer(app, HTTPStatus.OK, stats.model_dump(mode="json", by_alias=True, exclude_none=True))


app.include_router(redrive_routes.router)
app.include_router(bulk_routes.router)
app.include_router(run_routes.router)
app.include_router(kind_routes.router)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle a request from API Gateway."""
    return app.resolve(event, context)


prepare(*MADE_ONCE)
