"""GET /tasks and GET /tasks/{taskId}."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.aws.api import CORRELATION_HEADER, correlation_id, problems, resolver
from lambdas.aws.clients import CLIENT_CONFIG
from lambdas.aws.listing import InvalidToken, TaskListing
from lambdas.aws.problems import ApiError, FieldError, ProblemType
from lambdas.aws.settings import Settings
from lambdas.aws.table import TaskTable
from lambdas.aws.telemetry import logger
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import TaskId
from lambdas.domain.task import Task
from lambdas.domain.wire import WireModel

app = resolver()


class TaskPage(WireModel):
    """A page of a list: `{tasks, nextToken?}`."""

    tasks: list[Task]
    next_token: str | None = None


@cache
def table() -> TaskTable:
    return TaskTable(boto3.client("dynamodb", config=CLIENT_CONFIG), Settings.read().task_table_name)


@cache
def listing() -> TaskListing:
    return TaskListing(boto3.client("dynamodb", config=CLIENT_CONFIG), Settings.read().task_table_name)


@app.get(
    "/tasks/<taskId>",
    operation_id="readTask",
    summary="Read a task",
    responses={
        200: {"description": "The task", "content": {"application/json": {"model": Task}}},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND),
    },
)
def read_task(task_id: Annotated[TaskId, Path(alias="taskId")]) -> Response[dict[str, Any]]:
    task = table().get(task_id)
    if task is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no task {task_id}.")
    return _ok(_shown(task))


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
    status: Annotated[Status | None, Query(description="Only tasks in this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    next_token: Annotated[
        str | None, Query(alias="nextToken", max_length=2048, description="From the page before.")
    ] = None,
) -> Response[dict[str, Any]]:
    try:
        page = listing().page(status, limit, next_token)
    except InvalidToken as error:
        raise ApiError(
            ProblemType.INVALID_REQUEST,
            f"Not valid: nextToken {error}",
            errors=[FieldError(field="nextToken", message=str(error))],
        ) from error
    token = {"nextToken": page.next_token} if page.next_token else {}
    return _ok({"tasks": [_shown(task) for task in page.tasks], **token})


def _shown(task: Task) -> dict[str, Any]:
    """A task as JSON, what it has not left out: see the contract of `Task`."""
    payload = task.payload  # a null within it is the client's own, and stays
    shown: dict[str, Any] = task.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"payload", "result"}
    )
    result = {"result": task.result} if task.status is Status.SUCCEEDED else {}
    return {**shown, "payload": payload, **result}


def _ok(body: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/json",
        headers={CORRELATION_HEADER: correlation_id(app)},
        body=body,
    )


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
