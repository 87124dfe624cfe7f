"""Route that redrives one dead letter."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, JsonValue

from lambdas.domain.serialization import JsonModel
from lambdas.domain.submission import TaskId
from lambdas.http.problems import ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import problems
from lambdas.http.task_json import whole
from lambdas.manage_tasks.responses import TASK, after_change, answer, found
from lambdas.manage_tasks.wiring import redriver

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools annotates no __init__


class Correction(JsonModel):
    """Body of a redrive: `{payload?}`."""

    payload: dict[str, JsonValue] | None = Field(
        default=None,
        description="A corrected payload, which replaces the task's own; it is validated like that of a "
        "submission. Without it the task keeps its payload.",
    )


NO_CORRECTION = Correction()


@router.post(
    "/tasks/<taskId>/redrive",
    operation_id="redriveTask",
    summary="Redrive a dead letter",
    responses={
        202: {"description": "Queued again", "content": TASK},
        **problems(
            ProblemType.INVALID_REQUEST,
            ProblemType.NOT_FOUND,
            ProblemType.NOT_REDRIVABLE,
            ProblemType.TOO_LARGE,
            ProblemType.UNSUPPORTED_MEDIA_TYPE,
        ),
    },
)
def redrive_task(
    task_id: Annotated[TaskId, Path(alias="taskId")],
    correction: Annotated[Correction, Body()] = NO_CORRECTION,
) -> Response[dict[str, Any]]:
    """Redrive a dead letter; respond with its new state."""
    payload = correction.payload
    redriven = redriver().redrive(
        found(task_id).task,
        by=requester(router.current_event),
        correct=None if payload is None else lambda _: payload,
    )
    return answer(router, HTTPStatus.ACCEPTED, whole(after_change(redriven)))
