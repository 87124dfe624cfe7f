"""Group of commands that imports a command's module only when the command is run.

See "Lazily Loading Subcommands" in Click's documentation (https://click.palletsprojects.com/complex/).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Entry:
    """A command of a LazyGroup.

    Attributes:
        path: Location of its function or `typer.Typer`, as `module:name` relative to `faultline.cli`.
        help: Its line in the list of commands, short enough for 80 columns.
    """

    path: str
    help: str


class LazyGroup(TyperGroup):
    """Group of the commands in `entries`, which are listed in that order."""

    entries: ClassVar[Mapping[str, Entry]]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 # typer calls it so
        """Return the names of all commands."""
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return a placeholder, enough for the help, without importing the command; None if unknown."""
        entry = self.entries.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.help, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command to run and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(self.entries[str(name)], str(name)) if command else None, rest


def load(entry: Entry, name: str) -> Any:
    """Import a command, and return it as a Click command."""
    module, _, attribute = entry.path.partition(":")
    found: typer.Typer | Callable[..., Any] = getattr(import_module(f"faultline.cli.{module}"), attribute)
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(add_completion=False, rich_markup_mode=None)
        found.command(name)(function)
    return typer.main.get_command(found)
