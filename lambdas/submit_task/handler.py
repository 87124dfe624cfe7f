"""Function that accepts tasks, individually and in batches."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.initialization import prepare
from lambdas.application.waiting import WaitSeconds, end_waiter
from lambdas.domain.receipt import Receipt
from lambdas.domain.task import Task
from lambdas.http.deadline import seconds_left
from lambdas.http.problems import ProblemType
from lambdas.http.resolver import CORRELATION_HEADER, Content, correlation_id, problems, resolver
from lambdas.http.task_json import whole
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.listing import MAX_PAGE_BYTES, bytes_in_answer
from lambdas.store.payloads import PayloadGone
from lambdas.submit_task import batch_routes
from lambdas.submit_task.body import Submission
from lambdas.submit_task.wiring import MADE_ONCE, submitter
from lambdas.telemetry.environment import measured
from lambdas.telemetry.logs import about, logger
from lambdas.telemetry.tracing import tracer

app = resolver(unavailable=(TableOverloaded,))

RECEIPT: Content = {"application/json": {"model": Receipt}}
RECEIPT_OR_TASK: Content = {"application/json": {"model": Receipt | Task}}


@app.post(
    "/tasks",
    operation_id="submitTask",
    summary="Submit a task",
    responses={
        202: {"description": "Accepted: recorded and queued", "content": RECEIPT},
        200: {
            "description": "The same task was accepted before, or the task ended while the call waited",
            "content": RECEIPT_OR_TASK,
        },
        **problems(
            ProblemType.INVALID_REQUEST,
            ProblemType.TASK_ID_TAKEN,
            ProblemType.TOO_LARGE,
            ProblemType.UNSUPPORTED_MEDIA_TYPE,
        ),
    },
)
def submit_task(
    submission: Annotated[Submission, Body()], wait_seconds: WaitSeconds = 0
) -> Response[dict[str, Any]]:
    """Accept a task; respond at once, or after waiting for its end."""
    correlation = correlation_id(app)
    outcome = submitter().submit(submission, correlation_id=correlation)
    task = outcome.task
    if wait_seconds:
        waiter = end_waiter(submitter().table)
        task = waiter.until_ended(task, wait_seconds, remaining_seconds=seconds_left(app))
    shows_end = wait_seconds > 0 and task.status.ended
    return Response(
        status_code=HTTPStatus.ACCEPTED if outcome.created and not shows_end else HTTPStatus.OK,
        content_type="application/json",
        # Relative to the request's URL (RFC 9110, section 10.2.2), since the stage is a part of its path.
        headers={"Location": f"tasks/{task.task_id}", CORRELATION_HEADER: correlation},
        body=whole(_shown(task, submission))
        if shows_end
        else Receipt(task_id=task.task_id, status=task.status, submitted_at=task.submitted_at).model_dump(
            mode="json", by_alias=True
        ),
    )


def _shown(task: Task, submission: Submission) -> Task:
    """Return an ended task with its result, and with its payload if both fit into a response.

    What cannot be read is a placeholder: the task has been accepted, and after an error a client that gave
    no id would submit it again.
    """
    table = submitter().table
    try:
        task = table.with_result(task)
        # A redrive may have replaced the payload.
        same = task.generation == 0
        complete = (
            task.model_copy(update={"payload": submission.payload}) if same else table.with_payload(task)
        )
    except (ClientError, BotoCoreError, PayloadGone) as error:
        logger.warning("payload or result not shown", **about(task), reason=str(error))
        return task
    return complete if bytes_in_answer(complete) <= MAX_PAGE_BYTES else task


app.include_router(batch_routes.router)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle a request from API Gateway."""
    return app.resolve(event, context)


prepare(*MADE_ONCE)
