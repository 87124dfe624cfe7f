"""`faultline dlq report`: report on recent dead letters."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from faultline.cli import display
from faultline.cli.listing import Listing
from faultline.cli.options import Aws, Json, Port, Stage
from faultline.cli.since import since_when
from faultline.cli.sparkline import sparkline
from faultline.cli.stage_access import stage_access
from faultline.operations.dead_letter_report import read_report
from sandbox.process.lifecycle import DEFAULT_PORT

MAX_PAYLOAD_CHARACTERS = 200
"""Maximum length of a payload in the table; `--json` does not truncate it."""

app = typer.Typer(
    help="Report on dead letters.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def dlq() -> None:
    """Report on dead letters."""


@app.command()
def report(
    since: Annotated[
        str, typer.Option(help="Start of the report: 90m, 24h or 7d ago, or a time: 2026-01-31T12:00:00Z.")
    ] = "24h",
    limit: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Maximum number of dead letters to examine.")
    ] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    as_json: Json = False,
) -> None:
    """Report on dead letters: their number, kinds and reasons, and samples with private data masked."""
    start = since_when(since, datetime.now(UTC))
    at = stage_access(stage_name, port, aws=aws)
    found = read_report(at.session, at.settings, start, limit)
    if as_json:
        display.print_json(found)
    else:
        show(found)


def show(found: dict[str, Any]) -> None:
    """Print a report as text and tables."""
    out = display.out
    plural = "" if found["total"] == 1 else "s"
    out.print(f"{found['total']:,} dead letter{plural} from {found['since']} to {found['until']}")
    if found["more"]:
        out.print("There are older ones that were not counted.", style="yellow")
    if not found["total"]:
        return
    out.print(Text(sparkline([bucket["count"] for bucket in found["trend"]]), style="red"))
    for title, counts in (("category", found["byCategory"]), ("kind", found["byKind"])):
        out.print()
        out.print(_counts(title, counts))
    out.print()
    out.print(_reasons(found["byReason"]))
    if found["otherReasons"]:
        out.print(f"and {found['otherReasons']} with other reasons")
    out.print()
    out.print(_samples(found["samples"]))


def _counts(title: str, counts: dict[str, int]) -> Listing:
    table = Listing(title, "count", right=("count",))
    for name, count in counts.items():
        table.add(name, str(count))
    return table


def _reasons(reasons: list[dict[str, Any]]) -> Listing:
    table = Listing("count", "category", "type", "latest", "reason", key=False, prose=True)
    for each in reasons:
        table.add(str(each["count"]), each["category"], each["type"], each["latest"], each["reason"])
    return table


def _samples(samples: list[dict[str, Any]]) -> Listing:
    table = Listing("sample", "kind", "category", "attempts", "at", "payload", prose=True)
    for each in samples:
        payload = json.dumps(each["payload"], ensure_ascii=False)
        if len(payload) > MAX_PAYLOAD_CHARACTERS:
            payload = payload[: MAX_PAYLOAD_CHARACTERS - 1] + "…"
        table.add(
            each["taskId"],
            each["kind"],
            each["category"],
            str(each["attempts"]),
            each["deadLetteredAt"],
            payload,
        )
    return table
