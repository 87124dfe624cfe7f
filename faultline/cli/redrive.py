"""`faultline redrive`: redrive one dead letter, or many."""

from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from faultline.cli import display, filters
from faultline.cli.bulk import BulkChange, DryRun, Limit, Unasked, run
from faultline.cli.command_failure import succeeded
from faultline.cli.confirmation import can_ask
from faultline.cli.json_arguments import json_argument
from faultline.cli.options import Aws, Json, OptionalTaskId, Port, Stage
from faultline.cli.stage_access import stage_access
from sandbox.process.lifecycle import DEFAULT_PORT

_PAUSE_SECONDS = 1.0
"""Pause in seconds between two calls, so that the tasks of one begin before the next adds more."""


def redrive(
    task_id: OptionalTaskId = None,
    payload: Annotated[
        str | None,
        typer.Option(help="A corrected payload for TASK_ID: a JSON object, or @FILE to read it from."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Redrive all dead letters.")] = False,
    kind: filters.OfKind = None,
    category: filters.OfCategory = None,
    error_type: filters.OfErrorType = None,
    reason: filters.OfReason = None,
    ordering_key: filters.OfOrderingKey = None,
    reference: filters.OfReference = None,
    tag: filters.Tagged = None,
    submitted_after: filters.SubmittedAfter = None,
    submitted_before: filters.SubmittedBefore = None,
    died_after: filters.DiedAfter = None,
    died_before: filters.DiedBefore = None,
    payload_patch: Annotated[
        str | None,
        typer.Option(help="A JSON Merge Patch that corrects each payload, or @FILE to read it from."),
    ] = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Unasked = False,
    as_json: Json = False,
) -> None:
    """Redrive one dead letter, or many; each begins a new generation with all its attempts."""
    wanted = filters.conditions(
        type=kind,
        category=category,
        errorType=error_type,
        reasonGroup=reason,
        orderingKey=ordering_key,
        reference=reference,
        tag=tag,
        submittedAfter=submitted_after,
        submittedBefore=submitted_before,
        diedAfter=died_after,
        diedBefore=died_before,
    )
    if task_id is not None:
        if wanted or everything or limit is not None or payload_patch is not None or dry_run:
            raise TyperException("TASK_ID selects one task: only --payload can be combined with it")
        corrected = None if payload is None else json_argument("--payload", payload)
        _redrive_one(task_id, corrected, stage_name, port, aws=aws, yes=yes, as_json=as_json)
        return
    if payload is not None:
        raise TyperException("--payload is for one task: give its TASK_ID")
    if not wanted and not everything:
        raise TyperException("give a TASK_ID, --all, or options that select tasks, such as --category")
    request: dict[str, Any] = {"filter": wanted}
    if payload_patch is not None:
        request["payloadPatch"] = json_argument("--payload-patch", payload_patch)
    at = stage_access(stage_name, port, aws=aws, changes=None if dry_run else "redrive", yes=yes or can_ask())
    change = BulkChange(
        call=at.api().redrive_many,
        request=request,
        verb="redrive",
        done="redriven",
        pause_seconds=_PAUSE_SECONDS,
    )
    run(change, dry_run=dry_run, limit=limit, yes=yes, as_json=as_json)


def _redrive_one(
    task_id: str, payload: Any, stage_name: str | None, port: int, *, aws: bool, yes: bool, as_json: bool
) -> None:
    api = stage_access(stage_name, port, aws=aws, changes="redrive", yes=yes).api()
    task = succeeded(api.redrive(task_id, payload)).body
    if as_json:
        display.print_json(task)
    else:
        display.out.print(task["taskId"], display.status(task["status"]), f"generation {task['generation']}")
