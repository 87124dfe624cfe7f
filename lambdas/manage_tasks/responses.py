"""Responses that the routes share, and the task that a request names."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.task import Task
from lambdas.http.problems import ApiError, ProblemType
from lambdas.http.resolver import CORRELATION_HEADER, Content, correlation_id
from lambdas.manage_tasks.wiring import aws
from lambdas.store.listing import MAX_PAGE_BYTES, bytes_in_answer
from lambdas.store.payloads import PayloadGone
from lambdas.store.snapshot import Snapshot
from lambdas.telemetry.logs import about, logger
from lambdas.telemetry.tracing import annotate

TASK: Content = {"application/json": {"model": Task}}


def found(task_id: str) -> Snapshot:
    """Read the task named in a request.

    Raises:
        ApiError: There is no such task.
    """
    annotate(task_id=task_id)
    snapshot = aws().table.snapshot(task_id)
    if snapshot is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no task {task_id}.")
    return snapshot


def with_payload(task: Task) -> Task:
    """Return a task with its result and payload, for a response.

    If the payload has expired, or does not fit into the response together with the result, the task keeps the
    placeholder from its record.
    """
    task = aws().table.with_result(task)
    with suppress(PayloadGone):
        complete = aws().table.with_payload(task)
        return complete if bytes_in_answer(complete) <= MAX_PAGE_BYTES else task
    return task


def after_change(task: Task) -> Task:
    """Return a changed task like `with_payload`, but as it is recorded if payload or result cannot be read.

    The change has been made. After an error the client would repeat its request, which would then be refused.
    """
    try:
        return with_payload(task)
    except (ClientError, BotoCoreError) as error:
        logger.warning("payload not shown after a change", **about(task), reason=str(error))
        return task


def answer(
    app: APIGatewayRestResolver | APIGatewayRouter, status: HTTPStatus, body: dict[str, Any]
) -> Response[dict[str, Any]]:
    """Create a JSON response."""
    return Response(
        status_code=status,
        content_type="application/json",
        headers={CORRELATION_HEADER: correlation_id(app)},
        body=body,
    )
