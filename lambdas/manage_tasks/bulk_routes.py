"""Routes for bulk redrives and bulk cancellations."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, JsonValue, StrictBool, StrictInt

from lambdas.application.wiring import now
from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import CANCELLABLE, Status, sources
from lambdas.domain.merge_patch import merged
from lambdas.domain.serialization import JsonModel, TimeLimit
from lambdas.domain.task import may_be_redriven
from lambdas.http.bulk_result import BulkResult
from lambdas.http.deadline import seconds_left
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.requester import requester
from lambdas.http.resolver import invalid_fields, problems
from lambdas.http.task_selection import Filter
from lambdas.manage_tasks.bulk import Action
from lambdas.manage_tasks.bulk_call import BulkCall
from lambdas.manage_tasks.cancel import cancel
from lambdas.manage_tasks.redrive import Correct
from lambdas.manage_tasks.responses import answer
from lambdas.manage_tasks.wiring import aws, bulk, redriver
from lambdas.store.snapshot import Snapshot
from lambdas.telemetry import events

# Limits a redrive to 50 tasks a second, since their dependency may have recovered only just now.
REDRIVE_PAUSE_SECONDS = 0.02

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools annotates no __init__

Limit = Annotated[
    StrictInt, Field(ge=1, le=500, description="Maximum number of tasks to change in this call.")
]
DryRun = Annotated[
    StrictBool,
    Field(description="Whether to change nothing: only count the tasks, and return a few of them."),
]
NextToken = Annotated[
    str | None,
    Field(
        max_length=2048,
        description="Token from the previous response; the call continues where that one ended.",
    ),
]


class RedriveRequest(JsonModel):
    """Body of a bulk redrive: `{filter, dryRun?, limit?, payloadPatch?, nextToken?}`.

    Clients of earlier versions send `{category?, before?, limit?}`, without `filter`.
    """

    filter: Annotated[
        Filter | None,
        Field(
            description="Dead letters to redrive. If `diedBefore` is absent, it is set to the time of the "
            "call, so that tasks that fail again later are not redriven; the response contains it."
        ),
    ] = None
    dry_run: DryRun = False
    limit: Limit = 100
    payload_patch: Annotated[
        dict[str, JsonValue] | None,
        Field(
            description="A JSON Merge Patch (RFC 7396) that corrects each payload; the results are validated "
            "like payloads of submissions, and tasks with invalid payloads are not redriven."
        ),
    ] = None
    next_token: NextToken = None
    category: Annotated[
        Category | None, Field(description="Without `filter`: only dead letters of this category.")
    ] = None
    before: Annotated[
        TimeLimit | None,
        Field(
            description="Without `filter`: only dead letters that were given up before this time. Repeating "
            "the call with the same time does not redrive tasks that fail again."
        ),
    ] = None


class CancellationRequest(JsonModel):
    """Body of a bulk cancellation: `{filter, dryRun?, limit?, nextToken?}`."""

    filter: Annotated[
        Filter,
        Field(
            description="Tasks to cancel; at least one condition. If `submittedBefore` is absent, it is set "
            "to the time of the call, and so is `diedBefore` if only dead letters can match, so that those "
            "given up later are not cancelled; the response contains both.",
            json_schema_extra={"minProperties": 1},
        ),
    ]
    dry_run: DryRun = False
    limit: Limit = 100
    next_token: NextToken = None


class Redriven(JsonModel):
    """Outcome of a bulk redrive without a filter: `{redriven, more}`."""

    redriven: Annotated[int, Field(description="Number of tasks that were redriven.")]
    more: Annotated[bool, Field(description="Whether some dead letters were not examined.")]


_PROBLEMS: dict[int, OpenAPIResponse] = problems(
    ProblemType.INVALID_REQUEST, ProblemType.UNSUPPORTED_MEDIA_TYPE, ProblemType.TOO_LARGE
)
_FOUND: OpenAPIResponse = {
    "description": "Result of a dry run",
    "content": {"application/json": {"model": BulkResult}},
}


@router.post(
    "/redrives",
    operation_id="redriveTasks",
    summary="Redrive many dead letters",
    responses={
        200: _FOUND,
        202: {
            "description": "Queued again",
            "content": {"application/json": {"model": BulkResult | Redriven}},
        },
        **_PROBLEMS,
    },
)
def redrive_tasks(request: Annotated[RedriveRequest, Body()]) -> Response[dict[str, Any]]:
    """Redrive the dead letters that match a filter; respond with the outcome."""
    _check_parts(request)
    _check_dry_run(request)
    by = requester(router.current_event)
    patch = request.payload_patch
    correct = None if patch is None else _patching(patch)
    call = BulkCall(
        bulk=bulk(),
        change="redrive",
        action=Action(
            perform=lambda found: redriver().redrive(found.task, by=by, correct=correct),
            applies=may_be_redriven,
            pause_seconds=REDRIVE_PAUSE_SECONDS,
        ),
        given=request.filter
        or Filter().model_copy(update={"category": request.category, "died_before": request.before}),
        possible=sources(Status.PENDING) & {Status.DEAD_LETTERED},
        bound="died_before",
        patch=patch,
        at=now(),
    )
    if request.dry_run:
        return answer(router, HTTPStatus.OK, call.preview(seconds=seconds_left(router)))
    acted = call.act(
        limit=request.limit,
        next_token=request.next_token,
        seconds=seconds_left(router),
        bounded=request.filter is not None,
    )
    outcome = acted.outcome
    criteria = request.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"payload_patch", "next_token"}
    )
    events.dead_letters_redriven(
        outcome.done, failed=len(outcome.failed), amended=patch is not None, criteria=criteria, by=by
    )
    if request.filter is None:
        return answer(router, HTTPStatus.ACCEPTED, {"redriven": outcome.done, "more": outcome.more})
    return answer(router, HTTPStatus.ACCEPTED, acted.answer())


@router.post(
    "/cancellations",
    operation_id="cancelTasks",
    summary="Cancel many tasks",
    responses={
        200: _FOUND,
        202: {"description": "Cancelled", "content": {"application/json": {"model": BulkResult}}},
        **_PROBLEMS,
    },
)
def cancel_tasks(request: Annotated[CancellationRequest, Body()]) -> Response[dict[str, Any]]:
    """Cancel the tasks that match a filter; respond with the outcome."""
    if request.filter.is_empty:
        raise invalid_fields([FieldError(field="filter", message="must have at least one condition")])
    _check_dry_run(request)
    by = requester(router.current_event)

    def perform(found: Snapshot) -> object:
        wired = aws()
        return cancel(
            found,
            by=by,
            table=wired.table,
            queue=wired.queue,
            ordering=wired.ordering,
            at=now(),
            running=False,
        )

    call = BulkCall(
        bulk=bulk(),
        change="cancel",
        action=Action(perform=perform),
        given=request.filter,
        possible=CANCELLABLE,
        bound="submitted_before",
        patch=None,
        at=now(),
    )
    if request.dry_run:
        return answer(router, HTTPStatus.OK, call.preview(seconds=seconds_left(router)))
    acted = call.act(
        limit=request.limit, next_token=request.next_token, seconds=seconds_left(router), bounded=True
    )
    outcome = acted.outcome
    criteria = request.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"next_token"})
    events.tasks_cancelled(outcome.done, failed=len(outcome.failed), criteria=criteria, by=by)
    return answer(router, HTTPStatus.ACCEPTED, acted.answer())


def _check_parts(request: RedriveRequest) -> None:
    """Check that a request does not mix a filter with the criteria of earlier versions."""
    if request.filter is None:
        wrong = {
            "dryRun": request.dry_run,
            "payloadPatch": request.payload_patch is not None,
            "nextToken": request.next_token is not None,
        }
        message = "requires a filter"
    else:
        wrong = {"category": request.category is not None, "before": request.before is not None}
        message = "belongs in the filter, where `before` is called diedBefore"
    if any(wrong.values()):
        raise invalid_fields(
            [FieldError(field=name, message=message) for name, is_wrong in wrong.items() if is_wrong]
        )


def _check_dry_run(request: RedriveRequest | CancellationRequest) -> None:
    """Check that a dry run has no token: it counts all tasks, from the first one on."""
    if request.dry_run and request.next_token is not None:
        raise invalid_fields([FieldError(field="nextToken", message="does not go with dryRun")])


def _patching(patch: dict[str, JsonValue]) -> Correct:
    def patched(former: dict[str, JsonValue] | None) -> dict[str, JsonValue]:
        if former is None:
            raise ApiError(ProblemType.NOT_FOUND, "The payload has expired and cannot be corrected.")
        result = merged(former, patch)
        assert isinstance(result, dict)  # as each patch is an object
        return result

    return patched
