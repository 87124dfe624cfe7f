"""`faultline faults`: make the functions' calls to AWS fail."""

from typing import Annotated, Any, Literal

import typer
from typer.exceptions import TyperException

from faultline.cli import display
from faultline.cli.listing import Listing
from faultline.cli.options import Json, Port
from faultline.operations import target
from faultline.operations.errors import FaultsFailed
from faultline.operations.faults import FaultClient, Rule
from sandbox.process.lifecycle import DEFAULT_PORT

app = typer.Typer(
    help="Make AWS calls of the functions fail, or slow them down. Your own calls are never affected.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

When = Annotated[
    Literal["before", "after"],
    typer.Option(help="before: the call is not made; after: it is made, but its response is lost."),
]


@app.command("set")
def set_fault(
    service: Annotated[str, typer.Argument(help="Name of the service in botocore, such as dynamodb.")],
    operation: Annotated[
        str | None, typer.Option(help="Operation, such as UpdateItem; by default all operations.")
    ] = None,
    error: Annotated[
        str | None,
        typer.Option(help="Error code of the service, such as ThrottlingException, or ConnectionReset."),
    ] = None,
    latency_ms: Annotated[
        int | None, typer.Option(min=1, help="Delay the response by this many milliseconds.")
    ] = None,
    probability: Annotated[
        float, typer.Option(min=0, max=1, help="Probability that a call is hit: above 0, at most 1.")
    ] = 1.0,
    count: Annotated[int | None, typer.Option(min=1, help="Maximum number of calls to hit.")] = None,
    when: When = "before",
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """Add a fault: matching calls to AWS fail or are delayed."""
    if (error is None) == (latency_ms is None):
        raise TyperException("give either --error or --latency-ms")
    given: dict[str, Any] = {
        "service": service,
        "operation": operation,
        "probability": probability,
        "error": error,
        "latencyMs": latency_ms,
        "count": count,
        "when": when,
    }
    added = _client(port).add({name: value for name, value in given.items() if value is not None})
    if as_json:
        display.print_json(added)
    else:
        display.out.print(f"{added['id']}: {_described(added)}")


@app.command("list")
def list_faults(port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """List the faults, with the number of calls that each has hit."""
    found = _client(port).get()
    if as_json:
        display.print_json(found)
        return
    table = Listing("fault", "hits", "effect", prose=True)
    for each in found:
        table.add(each["id"], str(each["hits"]), _described(each))
    display.out.print(table)


@app.command()
def clear(port: Port = DEFAULT_PORT) -> None:
    """Remove all faults."""
    _client(port).clear()


def _described(rule: Rule) -> str:
    """Describe a rule, as in `sqs SendMessage: ServiceUnavailable after the call, probability 0.3`."""
    effect = rule.get("error") or f"{rule['latencyMs']} ms"
    text = f"{rule['service']} {rule.get('operation', '*')}: {effect} {rule['when']} the call"
    text += f", probability {rule['probability']:g}"
    return text + (f", {rule['count']} times" if "count" in rule else "")


def _client(port: int) -> FaultClient:
    found = target.find(port)
    if found.endpoint_url is None:
        raise FaultsFailed(
            f"{found.description} cannot inject faults; to start a sandbox, which can: faultline up --detach"
        )
    return FaultClient(found.endpoint_url)
