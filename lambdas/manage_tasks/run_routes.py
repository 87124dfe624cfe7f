"""Route that runs a waiting task now."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from lambdas.domain.submission import TaskId
from lambdas.http.problems import ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import problems
from lambdas.http.task_json import whole
from lambdas.manage_tasks.responses import TASK, after_change, answer, found
from lambdas.manage_tasks.wiring import runner

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools annotates no __init__


@router.post(
    "/tasks/<taskId>/run",
    operation_id="runTask",
    summary="Run a task now",
    responses={
        202: {"description": "Queued, now or before", "content": TASK},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND, ProblemType.NOT_RUNNABLE),
    },
)
def run_task(task_id: Annotated[TaskId, Path(alias="taskId")]) -> Response[dict[str, Any]]:
    """Run a waiting task now; respond with its new state."""
    queued = runner().run(found(task_id), by=requester(router.current_event))
    return answer(router, HTTPStatus.ACCEPTED, whole(after_change(queued)))
