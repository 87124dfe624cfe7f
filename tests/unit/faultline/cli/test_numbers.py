"""Options for numbers, of all commands."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.exceptions import TyperException

from faultline.cli.commands import COMMANDS
from faultline.cli.lazy_group import load

LONG = "1" + "0" * 400
"""A whole number that is too large for a float."""
UNLIMITED = {"--timeout", "--limit", "--latency-ms", "--count"}
"""Options whose maximum is left to the API, or that have none."""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield the name of each command, with that of a subcommand, and the command."""
    for name, entry in COMMANDS.items():
        found = load(entry, name)
        if subcommands := getattr(found, "commands", None):
            yield from ((f"{name} {each}", command) for each, command in subcommands.items())
        else:
            yield name, found


def wrong_numbers() -> Iterator[tuple[str, Any, list[str]]]:
    """Yield commands with arguments whose last one is not in the range of an option for a number."""
    for name, command in commands():
        needed = ["t" for each in command.params if each.param_type_name == "argument" and each.required]
        for each in command.params:
            if each.type_descriptor.annotation in (int, float, int | None, float | None):
                beyond = [] if each.opts[0] in UNLIMITED else ["inf", "1e400", LONG]
                for text in ("nan", "-inf", "-1", *beyond):
                    yield name, command, [*needed, each.opts[0], text]


def test_a_number_out_of_its_range_is_wrong_usage() -> None:
    """A number out of its range is refused while the options are parsed, before anything is done."""
    tried = set()
    for name, command, words in wrong_numbers():
        option = words[-2]
        with pytest.raises(TyperException) as refused:
            pytest.fail(f"{name} accepts {words}: {command.make_context(name, words).params}")
        assert refused.value.format_message().startswith(f"Invalid value for '{option}': ")
        tried.add(f"{name} {option}")
    assert {"wait --timeout", "submit --timeout", "up --failure-rate", "faults set --probability"} <= tried
