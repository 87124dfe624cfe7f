"""`faultline dlq report`: what the dead letters since a time have in common."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import boto3
import typer
from rich.table import Table
from rich.text import Text

from faultline.cli import display
from faultline.cli.calls import CommandFailed
from faultline.cli.options import Json, Port, Stage
from faultline.operations import target
from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing, aws_errors
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from lambdas.domain.serialization import rfc3339
from sandbox.process.lifecycle import DEFAULT_PORT

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
BARS = "▁▂▃▄▅▆▇█"
SHOWN_PAYLOAD_CHARACTERS = 200

app = typer.Typer(help="Dead letters, and what they have in common.", no_args_is_help=True)


@app.callback()
def dlq() -> None:
    """Dead letters, and what they have in common."""


@app.command()
def report(
    since: Annotated[str, typer.Option(help="90m, 24h, 7d ago; or a time: 2026-01-31T12:00:00Z.")] = "24h",
    limit: Annotated[int | None, typer.Option(min=1, max=100_000, help="How many at most.")] = None,
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """Report on dead letters: how many, of what, since when, and samples. What is private is not shown."""
    began = since_when(since, datetime.now(UTC))
    found = read_report(target.find(port).session, stage(stage_name), began, limit)
    if as_json:
        display.print_json(found)
    else:
        show(found)


def since_when(text: str, now: datetime) -> datetime:
    """The time that is meant by `24h`, so long ago, or by an RFC 3339 time.

    Raises:
        typer.BadParameter: it is neither, or in the future.
    """
    try:
        if ago := re.fullmatch(r"([0-9]{1,9})([smhdw])", text):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise _not_a_time(text) from error
    if moment.tzinfo is None:
        raise _not_a_time(text)
    if moment > now:
        raise typer.BadParameter(f"{text} is in the future", param_hint="'--since'")
    return moment


def _not_a_time(text: str) -> typer.BadParameter:
    return typer.BadParameter(
        f"{text!r} is neither a time ago, such as 24h or 7d, nor a time with its offset, such as "
        "2026-01-31T12:00:00Z",
        param_hint="'--since'",
    )


def read_report(
    session: boto3.Session, settings: StageSettings, since: datetime, limit: int | None = None
) -> dict[str, Any]:
    """The report as `lambdas.monitor_dlq.report` describes it.

    Raises:
        StackMissing: the stage is not deployed.
        AwsUnavailable: AWS cannot be asked.
        CommandFailed: the function has failed, or refused the request.
    """
    client = session.client("lambda")
    name = settings.function_name("monitor_dlq")
    request = {"since": rfc3339(since), **({} if limit is None else {"limit": limit})}
    with aws_errors(f"invoking {name}"):
        try:
            answer = client.invoke(FunctionName=name, Payload=json.dumps({"report": request}))
        except client.exceptions.ResourceNotFoundException as error:
            raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error
    returned: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        said = str(returned.get("errorMessage", "it does not say why")).splitlines()
        raise CommandFailed(f"{name} failed: {said[0] if said else 'it does not say why'}")
    if "errors" in returned:
        refusals = "; ".join(f"{each['field']} {each['message']}" for each in returned["errors"])
        raise CommandFailed(f"{name} refused: {refusals}")
    return returned


def show(found: dict[str, Any]) -> None:
    """Print a report for people."""
    out = display.out
    out.print(f"{found['total']} dead letters from {found['since']} to {found['until']}")
    if found["more"]:
        out.print("Older ones are left that were not looked at.", style="yellow")
    if not found["total"]:
        return
    out.print(Text(sparkline([bucket["count"] for bucket in found["trend"]]), style="red"))
    for what, counts in (("category", found["byCategory"]), ("kind", found["byKind"])):
        out.print()
        out.print(_counts(what, counts))
    out.print()
    out.print(_reasons(found["byReason"]))
    if found["otherReasons"]:
        out.print(f"and {found['otherReasons']} of other reasons")
    out.print()
    out.print(_samples(found["samples"]))


def sparkline(counts: list[int]) -> str:
    """A bar for each number, the largest as high as it goes; none where there is nothing.

    >>> sparkline([0, 1, 2, 8])
    ' ▁▂█'
    """
    most = max(counts, default=0)
    return "".join(BARS[-(-count * len(BARS) // most) - 1] if count else " " for count in counts)


def _counts(what: str, counts: dict[str, int]) -> Table:
    table = Table(what, "count", box=None, pad_edge=False)
    for name, count in counts.items():
        table.add_row(name, str(count))
    return table


def _reasons(reasons: list[dict[str, Any]]) -> Table:
    table = Table("count", "category", "type", "reason", "latest", box=None, pad_edge=False)
    for each in reasons:
        table.add_row(
            str(each["count"]), each["category"], each["type"], Text(each["reason"]), each["latest"]
        )
    return table


def _samples(samples: list[dict[str, Any]]) -> Table:
    table = Table("sample", "kind", "category", "attempts", "at", "payload", box=None, pad_edge=False)
    for each in samples:
        payload = json.dumps(each["payload"], ensure_ascii=False)
        if len(payload) > SHOWN_PAYLOAD_CHARACTERS:
            payload = payload[: SHOWN_PAYLOAD_CHARACTERS - 1] + "…"
        table.add_row(
            each["taskId"],
            each["kind"],
            each["category"],
            str(each["attempts"]),
            each["deadLetteredAt"],
            Text(payload),
        )
    return table
