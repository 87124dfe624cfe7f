"""Routes that accept and read batches."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from lambdas.application.wiring import now
from lambdas.domain.batch import BatchId, BatchState
from lambdas.http.batch_receipt import BatchReceipt, BatchResult
from lambdas.http.deadline import seconds_left
from lambdas.http.problems import ApiError, ProblemType
from lambdas.http.resolver import CORRELATION_HEADER, correlation_id, problem_of, problems
from lambdas.submit_task.batch import Outcome, state_of, status_of
from lambdas.submit_task.batch_body import NewBatch
from lambdas.submit_task.wiring import aws, batch_submitter

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools annotates no __init__


@router.post(
    "/batches",
    operation_id="submitBatch",
    summary="Submit a batch of tasks",
    responses={
        202: {
            "description": "Outcome of each submission",
            "content": {"application/json": {"model": BatchReceipt}},
        },
        **problems(
            ProblemType.INVALID_REQUEST,
            ProblemType.BATCH_ID_TAKEN,
            ProblemType.TOO_LARGE,
            ProblemType.UNSUPPORTED_MEDIA_TYPE,
        ),
    },
)
def submit_batch(batch: Annotated[NewBatch, Body()]) -> Response[dict[str, Any]]:
    """Accept a batch; respond with its receipt."""
    correlation = correlation_id(router)
    submitted = batch_submitter().submit(
        batch,
        correlation_id=correlation,
        seconds_left=lambda: seconds_left(router),
    )
    receipt = BatchReceipt(
        batch_id=submitted.batch_id,
        results=[
            _result(task_id, outcome)
            for task_id, outcome in zip(submitted.task_ids, submitted.outcomes, strict=True)
        ],
    )
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        # Relative to the request's URL (RFC 9110, section 10.2.2), since the stage is a part of its path.
        headers={"Location": f"batches/{submitted.batch_id}", CORRELATION_HEADER: correlation},
        body=receipt.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


@router.get(
    "/batches/<batchId>",
    operation_id="readBatch",
    summary="Read a batch",
    responses={
        200: {"description": "The batch", "content": {"application/json": {"model": BatchState}}},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND),
    },
)
def read_batch(batch_id: Annotated[BatchId, Path(alias="batchId")]) -> Response[dict[str, Any]]:
    """Respond with the progress of a batch."""
    state = aws().batches.state(batch_id, at=now())
    if state is None:
        raise ApiError(ProblemType.NOT_FOUND, f"There is no batch {batch_id}.")
    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/json",
        headers={CORRELATION_HEADER: correlation_id(router)},
        body=state.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


def _result(task_id: str | None, outcome: Outcome) -> BatchResult:
    problem = problem_of(router, outcome) if isinstance(outcome, ApiError) else None
    return BatchResult(task_id=task_id, status=status_of(outcome), state=state_of(outcome), problem=problem)
