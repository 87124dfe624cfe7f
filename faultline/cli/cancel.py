"""`faultline cancel`: cancel one task, or many."""

from typer.exceptions import TyperException

from faultline.cli import display, filters
from faultline.cli.bulk import BulkChange, DryRun, Limit, Unasked, run
from faultline.cli.command_failure import succeeded
from faultline.cli.confirmation import can_ask
from faultline.cli.options import Aws, Json, OptionalTaskId, Port, Stage
from faultline.cli.stage_access import stage_access
from sandbox.process.lifecycle import DEFAULT_PORT


def cancel(
    task_id: OptionalTaskId = None,
    status: filters.InStates = None,
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
    limit: Limit = None,
    dry_run: DryRun = False,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Unasked = False,
    as_json: Json = False,
) -> None:
    """Cancel one task, or many, including dead letters.

    A running task is asked to stop, and ends when its attempt fails.
    """
    wanted = filters.conditions(
        status=status,
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
        if wanted or limit is not None or dry_run:
            raise TyperException("TASK_ID selects one task: omit the options for many")
        _cancel_one(task_id, stage_name, port, aws=aws, yes=yes, as_json=as_json)
        return
    if not wanted:
        raise TyperException("give a TASK_ID, or options that select tasks, such as --status or --tag")
    at = stage_access(stage_name, port, aws=aws, changes=None if dry_run else "cancel", yes=yes or can_ask())
    change = BulkChange(
        call=at.api().cancel_many,
        request={"filter": wanted},
        verb="cancel",
        done="cancelled",
    )
    run(change, dry_run=dry_run, limit=limit, yes=yes, as_json=as_json)


def _cancel_one(
    task_id: str, stage_name: str | None, port: int, *, aws: bool, yes: bool, as_json: bool
) -> None:
    api = stage_access(stage_name, port, aws=aws, changes="cancel", yes=yes).api()
    cancelled = succeeded(api.cancel(task_id)).body
    if as_json:
        display.print_json(cancelled)
    else:
        display.out.print(cancelled["taskId"], display.status(cancelled["status"]))
        display.say_if_asked_to_stop(cancelled)
