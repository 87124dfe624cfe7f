"""Routes that redrive dead letters: one, or many."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, JsonValue

from lambdas.domain.errors import Category
from lambdas.domain.serialization import GivenTime, JsonModel
from lambdas.domain.submission import TaskId
from lambdas.http.problems import ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import problems
from lambdas.http.task_json import whole
from lambdas.manage_tasks.answers import TASK, answer, found, seconds_left, with_payload
from lambdas.manage_tasks.wiring import redriver
from lambdas.telemetry import events

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools annotates no __init__


class RedriveRequest(JsonModel):
    """Which dead letters to redrive: `{category?, before?, limit?}`."""

    category: Category | None = Field(default=None, description="Only those of this category.")
    before: GivenTime | None = Field(
        default=None,
        description="Only those that were given up before this time. Repeating the call with the same time "
        "does not redrive tasks that fail again.",
    )
    limit: int = Field(default=100, ge=1, le=500, description="How many at most.")


class Correction(JsonModel):
    """What a redrive changes: `{payload?}`."""

    payload: dict[str, JsonValue] | None = Field(
        default=None,
        description="A corrected payload, which replaces the task's own; it is validated like that of a "
        "submission. Without it the task keeps its payload.",
    )


NO_CORRECTION = Correction()


class Redriven(JsonModel):
    """Outcome of redriving dead letters: `{redriven, more}`."""

    redriven: Annotated[int, Field(description="How many tasks were redriven.")]
    more: Annotated[bool, Field(description="Whether dead letters are left that were not looked at.")]


@router.post(
    "/tasks/<taskId>/redrive",
    operation_id="redriveTask",
    summary="Redrive a dead letter: a new generation, with all its attempts, and perhaps a corrected payload",
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
    """Redrive a task and answer with it."""
    redriven = redriver().redrive(
        found(task_id).task, by=requester(router.current_event), payload=correction.payload
    )
    return answer(router, HTTPStatus.ACCEPTED, whole(with_payload(redriven)))


@router.post(
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
    by = requester(router.current_event)
    outcome = redriver().redrive_all(
        by=by,
        category=request.category,
        before=request.before,
        limit=request.limit,
        seconds=seconds_left(router),
    )
    events.dead_letters_redriven(outcome.redriven, criteria=request.model_dump(mode="json"), by=by)
    return answer(router, HTTPStatus.ACCEPTED, {"redriven": outcome.redriven, "more": outcome.more})
