"""`faultline redrive`: give dead letters another try."""

from typing import Annotated

import typer
from typer.exceptions import TyperException

from faultline.cli import display
from faultline.cli.calls import succeeded
from faultline.cli.json_arguments import json_argument
from faultline.cli.options import Aws, Json, OptionalTaskId, Port, Stage, Yes
from faultline.cli.place import place
from faultline.operations.redrive import redrive_many
from lambdas.domain.errors import Category
from sandbox.process.lifecycle import DEFAULT_PORT


def redrive(
    task_id: OptionalTaskId = None,
    payload: Annotated[
        str | None,
        typer.Option(help="A corrected payload for TASK_ID: a JSON object, or @FILE to read it from."),
    ] = None,
    category: Annotated[
        Category | None, typer.Option(help="Redrive all dead letters with this category of error.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Redrive all dead letters.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Redrive at most this many.")] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Redrive one dead letter, or many: each starts a new generation with all its attempts."""
    many = category is not None or everything
    if task_id is None and not many:
        raise TyperException("say which: TASK_ID, --category or --all")
    if task_id is not None and (many or limit is not None):
        raise TyperException("TASK_ID is one task; --category, --all and --limit are for many")
    if payload is not None and task_id is None:
        raise TyperException("--payload is for one task: name its TASK_ID")
    corrected = None if payload is None else json_argument("--payload", payload)
    api = place(stage_name, port, aws=aws, changes="redrive", yes=yes).api()
    if task_id is None:
        done = redrive_many(api, category=category, limit=limit)
        if as_json:
            display.print_json(done)
        else:
            display.out.print(f"{done['redriven']} redriven" + (", more are left" if done["more"] else ""))
        return
    task = succeeded(api.redrive(task_id, corrected)).body
    if as_json:
        display.print_json(task)
    else:
        display.out.print(task["taskId"], display.status(task["status"]), f"generation {task['generation']}")
