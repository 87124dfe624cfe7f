"""Options that select tasks, and the filter that they make for the API."""

from typing import Annotated, Any

import typer

from lambdas.domain.errors import Category

OfKind = Annotated[str | None, typer.Option("--type", help="Only tasks of this kind of work.")]
OfCategory = Annotated[Category | None, typer.Option(help="Only tasks with an error of this category.")]
OfErrorType = Annotated[str | None, typer.Option(help="Only tasks with an error of this type.")]
OfReason = Annotated[
    str | None,
    typer.Option(
        "--reason", help="Only tasks with an error of this reason, as `faultline dlq report` has it."
    ),
]
OfOrderingKey = Annotated[str | None, typer.Option(help="Only tasks of this ordering key.")]
OfReference = Annotated[str | None, typer.Option(help="Only tasks with this reference.")]
Tagged = Annotated[str | None, typer.Option(help="Only tasks with this tag.")]
SubmittedAfter = Annotated[
    str | None, typer.Option(help="Only tasks submitted then or later: 2026-01-31T12:00:00Z.")
]
SubmittedBefore = Annotated[str | None, typer.Option(help="Only tasks submitted before then.")]
DiedAfter = Annotated[str | None, typer.Option(help="Only dead letters that were given up then or later.")]
DiedBefore = Annotated[str | None, typer.Option(help="Only dead letters that were given up before then.")]
InStates = Annotated[
    list[str] | None, typer.Option("--status", help="Only tasks in this state; may be repeated for several.")
]


def conditions(**given: Any) -> dict[str, Any]:
    """Return a filter for the API, without the members that are not given."""
    return {name: value for name, value in given.items() if value}
