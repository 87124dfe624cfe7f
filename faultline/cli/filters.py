"""Options that select tasks, and their conversion to a filter of the API."""

from typing import Annotated, Any

import typer

from lambdas.domain.errors import Category


def _not_empty(value: str | list[str] | None) -> str | list[str] | None:
    """Refuse an option without a value, as from an unset variable of a shell.

    To ignore it instead would select more tasks than intended.
    """
    if value == "" or (isinstance(value, list) and "" in value):
        raise typer.BadParameter("the value is empty; to select by something else only, omit the option")
    return value


OfKind = Annotated[
    str | None, typer.Option("--type", help="Only tasks of this kind of work.", callback=_not_empty)
]
OfCategory = Annotated[Category | None, typer.Option(help="Only tasks whose error has this category.")]
OfErrorType = Annotated[
    str | None, typer.Option(help="Only tasks whose error has this type.", callback=_not_empty)
]
OfReason = Annotated[
    str | None,
    typer.Option(
        "--reason",
        help="Only tasks whose error has this reason, as in `faultline dlq report`.",
        callback=_not_empty,
    ),
]
OfOrderingKey = Annotated[
    str | None, typer.Option(help="Only tasks with this ordering key.", callback=_not_empty)
]
OfReference = Annotated[str | None, typer.Option(help="Only tasks with this reference.", callback=_not_empty)]
Tagged = Annotated[str | None, typer.Option(help="Only tasks with this tag.", callback=_not_empty)]
Containing = Annotated[
    str | None,
    typer.Option(
        "--text",
        help="Only tasks whose id, reference or error message contains this.",
        callback=_not_empty,
    ),
]
SubmittedAfter = Annotated[
    str | None,
    typer.Option(
        help="Only tasks submitted at this time or later: 2026-01-31T12:00:00Z.", callback=_not_empty
    ),
]
SubmittedBefore = Annotated[
    str | None, typer.Option(help="Only tasks submitted before this time.", callback=_not_empty)
]
DiedAfter = Annotated[
    str | None,
    typer.Option(help="Only dead letters given up at this time or later.", callback=_not_empty),
]
DiedBefore = Annotated[
    str | None, typer.Option(help="Only dead letters given up before this time.", callback=_not_empty)
]
InStates = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        help="Only tasks in this state, such as PARKED; may be repeated.",
        callback=_not_empty,
    ),
]


def conditions(**given: Any) -> dict[str, Any]:
    """Create a filter for the API from options, omitting those that are not given."""
    return {name: value for name, value in given.items() if value is not None and value != []}
