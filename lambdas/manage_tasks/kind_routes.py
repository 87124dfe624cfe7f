"""Routes that list, pause and resume kinds of work."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from lambdas.domain.kind_of_work import KindList
from lambdas.domain.pause import KindState
from lambdas.domain.serialization import JsonModel
from lambdas.domain.submission import KindName
from lambdas.http.problems import ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import Content, problems
from lambdas.manage_tasks.kinds import described
from lambdas.manage_tasks.pause import MAX_REASON_LENGTH
from lambdas.manage_tasks.responses import answer
from lambdas.manage_tasks.wiring import holds, kinds, open_circuits_by_kind, pauser

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools annotates no __init__

STATE: Content = {"application/json": {"model": KindState}}
Name = Annotated[KindName, Path(alias="type")]


class PauseRequest(JsonModel):
    """Body of a request to pause a kind of work: `{reason?}`."""

    reason: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_REASON_LENGTH,
        description="Reason for the pause, shown to other clients.",
    )


NO_REASON = PauseRequest()


@router.get(
    "/kinds",
    operation_id="listKinds",
    summary="List the kinds of work",
    responses={
        200: {"description": "The kinds of work", "content": {"application/json": {"model": KindList}}},
        **problems(ProblemType.INVALID_REQUEST),
    },
)
def list_kinds() -> Response[dict[str, Any]]:
    """Respond with all kinds of work."""
    held = holds().current()
    return answer(router, HTTPStatus.OK, described(kinds(), held, open_circuits_by_kind(held)))


@router.put(
    "/kinds/<type>/pause",
    operation_id="pauseKind",
    summary="Pause a kind of work",
    responses={
        200: {"description": "Paused", "content": STATE},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND, ProblemType.UNSUPPORTED_MEDIA_TYPE),
    },
)
def pause_kind(kind: Name, request: Annotated[PauseRequest, Body()] = NO_REASON) -> Response[dict[str, Any]]:
    """Pause a kind of work; respond with its new state."""
    state = pauser().pause(kind, reason=request.reason, by=requester(router.current_event))
    return answer(router, HTTPStatus.OK, state.model_dump(mode="json", by_alias=True, exclude_none=True))


@router.delete(
    "/kinds/<type>/pause",
    operation_id="resumeKind",
    summary="Resume a kind of work",
    responses={
        200: {"description": "Not paused", "content": STATE},
        **problems(ProblemType.INVALID_REQUEST, ProblemType.NOT_FOUND),
    },
)
def resume_kind(kind: Name) -> Response[dict[str, Any]]:
    """Resume a kind of work; respond with its new state."""
    state = pauser().resume(kind, by=requester(router.current_event))
    return answer(router, HTTPStatus.OK, state.model_dump(mode="json", by_alias=True, exclude_none=True))
