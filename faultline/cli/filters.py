"""Options that select tasks, and their conversion to a filter of the API."""

from typing import Annotated, Any

import typer

from lambdas.domain.errors import Category

OfKind = Annotated[str | None, typer.Option("--type", help="Only tasks of this kind of work.")]
OfCategory = Annotated[Category | None, typer.Option(help="Only tasks whose error has this category.")]
OfErrorType = Annotated[str | None, typer.Option(help="Only tasks whose error has this type.")]
OfReason = Annotated[
    str | None,
    typer.Option("--reason", help="Only tasks whose error has this reason, as in `faultline dlq report`."),
]
OfOrderingKey = Annotated[str | None, typer.Option(help="Only tasks with this ordering key.")]
OfReference = Annotated[str | None, typer.Option(help="Only tasks with this reference.")]
Tagged = Annotated[str | None, typer.Option(help="Only tasks with this tag.")]
SubmittedAfter = Annotated[
    str | None, typer.Option(help="Only tasks submitted at this time or later: 2026-01-31T12:00:00Z.")
]
SubmittedBefore = Annotated[str | None, typer.Option(help="Only tasks submitted before this time.")]
DiedAfter = Annotated[str | None, typer.Option(help="Only dead letters given up at this time or later.")]
DiedBefore = Annotated[str | None, typer.Option(help="Only dead letters given up before this time.")]
InStates = Annotated[
    list[str] | None, typer.Option("--status", help="Only tasks in this state; may be repeated for several.")
]


def conditions(**given: Any) -> dict[str, Any]:
    """Create a filter for the API from options, omitting those that are not given."""
    return {name: value for name, value in given.items() if value}
