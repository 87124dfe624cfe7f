"""`faultline costs`: estimate the costs of a stage on AWS."""

from collections.abc import Sequence
from typing import Annotated, Any

import boto3
import typer

from faultline.cli.display import out, print_json
from faultline.cli.listing import Listing
from faultline.cli.options import Json, Stage
from infra.api.openapi import resolvers
from infra.costs import prices
from infra.costs.idle import idle_month
from infra.costs.line import Line
from infra.costs.stack import Stack
from infra.costs.tasks import tasks_month
from infra.stack.functions import CodeLocation
from infra.stages import DEFAULT_STAGE, stage
from infra.template import template
from lambdas.domain.submission import MAX_PAYLOAD_BYTES

_MAX_TASKS = 10**12
_TITLES = {"idle": "An idle month", "tasks": "Tasks"}


def costs(
    stage_name: Stage = None,
    tasks: Annotated[
        int, typer.Option(min=0, max=_MAX_TASKS, help="Tasks per month, in addition to the idle stage.")
    ] = 0,
    payload_bytes: Annotated[
        int, typer.Option(min=2, max=MAX_PAYLOAD_BYTES, help="Size of each payload and each result.")
    ] = 1024,
    as_json: Json = False,
) -> None:
    """Estimate the monthly costs of a stage on AWS: idle, and for tasks that need one attempt.

    The prices are AWS's list prices in us-east-1, without free tiers. No call is made to AWS.
    """
    settings = stage(stage_name or DEFAULT_STAGE)
    code = CodeLocation(bucket="artifacts", key="functions.zip")
    stack = Stack(template(settings, code, resolvers()).to_dict(), settings.stack_name)
    bill = {"idle": idle_month(stack), "tasks": tasks_month(stack, tasks, payload_bytes)}
    region = boto3.Session().region_name or prices.REGION
    if as_json:
        print_json(
            {
                "stage": settings.name,
                "region": prices.REGION,
                "pricesAsOf": prices.AS_OF.isoformat(),
                "usd": {part: _total(lines) for part, lines in bill.items()}
                | {"idleWithoutProvisionedConcurrency": _total(_without_provisioned(bill["idle"]))},
                "lines": {part: [_json(line) for line in lines] for part, lines in bill.items()},
            }
        )
        return
    for part, lines in bill.items():
        if lines:
            extent = f": {tasks:,} of {payload_bytes:,} bytes a month" if part == "tasks" else ""
            out.print(f"{_TITLES[part]} of {settings.stack_name}{extent}\n")
            out.print(table(lines))
            out.print()
    out.print(f"List prices of {prices.AS_OF:%B %Y} in {prices.REGION}, without free tiers and taxes.")
    if region != prices.REGION:
        out.print(f"Your region is {region}, whose prices differ: see AWS's pages (--json has them).")


def table(lines: Sequence[Line]) -> Listing:
    """Create a listing of the lines, with their total."""
    numbers = ("quantity", "unit price", "price")
    shown = Listing("resource", "quantity", "unit", "unit price", "price", right=numbers)
    for line in lines:
        shown.add(
            line.resource,
            _quantity(line.quantity),
            line.price.unit,
            f"${line.price.usd:.10g}",
            f"${line.usd:.2f}",
        )
    shown.add("total", "", "", "", f"${_total(lines):.2f}")
    if len(others := _without_provisioned(lines)) < len(lines):
        shown.add("total without provisioned", "", "", "", f"${_total(others):.2f}")
    return shown


def _without_provisioned(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.price not in prices.PROVISIONED_GB_SECOND.values()]


def _quantity(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"


def _total(lines: Sequence[Line]) -> float:
    return round(sum(line.usd for line in lines), 2)


def _json(line: Line) -> dict[str, Any]:
    return {
        "resource": line.resource,
        "quantity": line.quantity,
        "unit": line.price.unit,
        "unitPrice": line.price.usd,
        "usd": round(line.usd, 4),
        "source": line.price.page,
    }
