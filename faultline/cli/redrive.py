"""`faultline redrive`: have dead letters tried again."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from faultline.cli import display
from faultline.cli.calls import CommandFailed, api_of, succeeded
from faultline.cli.options import Json, Port, Stage
from faultline.client.api import ApiClient
from infra.stages import DEFAULT_STAGE
from lambdas.domain.errors import Category
from lambdas.domain.serialization import rfc3339
from sandbox.process.lifecycle import DEFAULT_PORT

MOST_AT_ONCE = 100
# Between two calls: what was redriven by the one is to have begun before more is added by the other.
PAUSE_SECONDS = 1.0


def redrive(
    task_id: Annotated[str | None, typer.Argument(help="The one to redrive.")] = None,
    category: Annotated[Category | None, typer.Option(help="All that died of such an error.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most.")] = None,
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """Redrive a dead letter, or many: a new generation each, with all its attempts."""
    many = category is not None or everything
    if task_id is None and not many:
        raise TyperException("say which: TASK_ID, --category or --all")
    if task_id is not None and (many or limit is not None):
        raise TyperException("TASK_ID is one task; --category, --all and --limit are for many")
    api = api_of(stage_name, port)
    if task_id is None:
        done = redrive_many(api, category=category, limit=limit)
        if as_json:
            display.print_json(done)
        else:
            display.out.print(f"{done['redriven']} redriven" + (", more are left" if done["more"] else ""))
        return
    task = succeeded(api.redrive(task_id)).body
    if as_json:
        display.print_json(task)
    else:
        display.out.print(task["taskId"], display.status(task["status"]), f"generation {task['generation']}")


def redrive_many(api: ApiClient, *, category: Category | None, limit: int | None) -> dict[str, Any]:
    """Redrive dead letters until none is left that died before this began, or `limit` is reached.

    Returns:
        `{redriven, more}` of all calls together.

    Raises:
        CommandFailed: a call failed; the line says how many were redriven before.
        ApiUnreachable: no answer came.
    """
    # What dies again meanwhile is left alone: else this would never end.
    wanted: dict[str, Any] = {"before": rfc3339(datetime.now(UTC))}
    if category is not None:
        wanted["category"] = category
    redriven = 0
    while True:
        most = MOST_AT_ONCE if limit is None else min(MOST_AT_ONCE, limit - redriven)
        answer = api.redrive_many({**wanted, "limit": most})
        if not answer.ok:
            raise CommandFailed(f"{answer.problem()} ({redriven} were redriven before)")
        redriven += answer.body["redriven"]
        if not answer.body["more"] or redriven == limit:
            return {"redriven": redriven, "more": answer.body["more"]}
        if not answer.body["redriven"]:
            raise CommandFailed(f"{redriven} redriven; more are left, but the last call came to none of them")
        time.sleep(PAUSE_SECONDS)
