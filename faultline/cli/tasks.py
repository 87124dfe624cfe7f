"""`faultline submit`, `task` and `tasks`: submit, show and list tasks."""

import json
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from typer.exceptions import TyperException

from faultline.cli import display, filters
from faultline.cli.display import as_json, out, print_json
from faultline.cli.json_arguments import json_argument
from faultline.cli.options import Aws, Json, Port, Stage, TaskId, Yes
from faultline.cli.stage_access import stage_access
from faultline.cli.submission import stating, submitted
from faultline.cli.submit_file import needs_name, submit_file
from faultline.cli.wait import DEFAULT_TIMEOUT, Timeout, show_end, wait_command
from faultline.client import Filters, Options
from sandbox.process.lifecycle import DEFAULT_PORT


def submit(
    payload: Annotated[
        str, typer.Argument(help="Payload of the task: a JSON object, or @FILE to read it from a file.")
    ] = "{}",
    kind: Annotated[str, typer.Option("--type", help="The kind of work.")] = "echo",
    task_id: Annotated[
        str | None,
        typer.Option("--id", help="Id of the task, which makes the submission safe to repeat."),
    ] = None,
    ordering_key: Annotated[str | None, typer.Option(help="Tasks with the same key run in order.")] = None,
    run_at: Annotated[
        str | None, typer.Option(help="The earliest start, such as 2026-01-31T12:00:00Z.")
    ] = None,
    expires_at: Annotated[
        str | None, typer.Option(help="Deadline of the first attempt, such as 2026-01-31T12:00:00Z.")
    ] = None,
    callback: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL that receives a signed POST when the task ends."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="An id of your own to find tasks by, such as an order number.")
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="A label to find tasks by; may be repeated.")
    ] = None,
    simulate: Annotated[
        str | None, typer.Option(help='Failures to simulate, for example {"failures": 2}.')
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the task to end, and fail unless it succeeds.")
    ] = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    file: Annotated[
        Path | None,
        typer.Option(help="File of tasks to submit: one JSON object per line, as in POST /tasks."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="With --file: name of the run, by default the file's name without its folder. "
            "Under another name, all tasks are submitted again."
        ),
    ] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    in_json: Json = False,
) -> None:
    """Submit a task, or the tasks of a file.

    If a file is submitted again, tasks that were accepted before are not submitted twice.
    """
    alone = (task_id, ordering_key, run_at, expires_at, callback, reference, tags, simulate, wait or None)
    if name == "":
        raise TyperException("--name is empty; to name the run after the file, omit it")
    if file is not None:
        if payload != "{}" or kind != "echo" or any(each is not None for each in alone):
            raise TyperException(
                "--file cannot be combined with PAYLOAD or the options of a single task: "
                "put them into the file"
            )
        if name is None and needs_name(file):
            raise TyperException(
                f"{file} is not a regular file: add --name, which makes the submission safe to repeat"
            )
        changes = f"submit the tasks of {file}"
        client = stage_access(stage_name, port, aws=aws, changes=changes, yes=yes).client()
        submit_file(client, file, name, in_json=in_json)
        return
    if name is not None:
        raise TyperException("--name is only valid with --file")
    given = json_argument("PAYLOAD", payload)
    options: Options = {"type": kind}
    if task_id is not None:
        options["task_id"] = task_id
    if ordering_key is not None:
        options["ordering_key"] = ordering_key
    if run_at is not None:
        options["run_at"] = run_at
    if expires_at is not None:
        options["expires_at"] = expires_at
    if callback is not None:
        options["callback"] = {"url": callback}
    if reference is not None:
        options["reference"] = reference
    if tags:
        options["tags"] = tags
    if simulate is not None:
        options["simulate"] = json_argument("--simulate", simulate)
    client = stage_access(stage_name, port, aws=aws, changes="submit a task", yes=yes).client()
    receipt = submitted(client, given, options)
    if wait:
        to_wait = wait_command(receipt.task_id, stage_name, port, aws=aws)
        with stating(f"{receipt.task_id} was submitted; to wait for it: {to_wait}"):
            show_end(client, receipt.task_id, timeout, in_json=in_json)
    elif in_json:
        print_json(as_json(receipt))
    else:
        out.print(receipt.task_id, display.status(receipt.status))


def task(
    task_id: TaskId,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    in_json: Json = False,
) -> None:
    """Show a task and its history."""
    found = as_json(stage_access(stage_name, port, aws=aws).client().task(task_id))
    if in_json:
        print_json(found)
        return
    out.print(display.task_table([found]))
    out.print()
    out.print(display.history_table(found))
    display.say_if_asked_to_stop(found)
    if "analysis" in found:
        out.print()
        out.print(display.analysis_table(found["analysis"]))
    if traceback := found.get("error", {}).get("traceback"):
        out.print()
        out.print(traceback.rstrip(), soft_wrap=True)
    if "result" in found:
        out.print("\nresult:", json.dumps(found["result"], ensure_ascii=False))


def tasks(
    status: filters.InStates = None,
    kind: filters.OfKind = None,
    category: filters.OfCategory = None,
    error_type: filters.OfErrorType = None,
    reason: filters.OfReason = None,
    ordering_key: filters.OfOrderingKey = None,
    reference: filters.OfReference = None,
    tag: filters.Tagged = None,
    text: filters.Containing = None,
    submitted_after: filters.SubmittedAfter = None,
    submitted_before: filters.SubmittedBefore = None,
    died_after: filters.DiedAfter = None,
    died_before: filters.DiedBefore = None,
    view: Annotated[Literal["summary", "full"], typer.Option(help="Level of detail of --json.")] = "summary",
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of tasks to list.")] = 20,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    in_json: Json = False,
) -> None:
    """List tasks, newest first."""
    client = stage_access(stage_name, port, aws=aws).client()
    wanted = filters.conditions(
        status=status,
        type=kind,
        category=category,
        error_type=error_type,
        reason_group=reason,
        ordering_key=ordering_key,
        reference=reference,
        tag=tag,
        text=text,
        submitted_after=submitted_after,
        submitted_before=submitted_before,
        died_after=died_after,
        died_before=died_before,
    )
    listing = client.whole_tasks if view == "full" else client.tasks
    found = [as_json(each) for each in listing(limit=limit, **cast(Filters, wanted))]
    if in_json:
        print_json(found)
    else:
        out.print(display.task_table(found))
