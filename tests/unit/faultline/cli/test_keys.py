"""The output of `faultline keys list`."""

import re
from datetime import UTC, datetime

from rich.console import Console

from faultline.cli.keys import table
from faultline.operations.api_keys import ApiKey


def key(name: str, *, enabled: bool = True, valid: bool = True) -> ApiKey:
    return ApiKey(
        id="1", name=name, enabled=enabled, valid=valid, created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_a_key_that_is_no_longer_valid_is_marked() -> None:
    """A key outside of the stage's usage plan is not shown as enabled, whatever API Gateway says of it."""
    keys = [key("new"), key("off", enabled=False), key("old", valid=False)]
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table(keys), soft_wrap=True)
    _, new, off, old = captured.get().splitlines()
    assert new.split() == ["new", "1", "yes", "2026-01-01T00:00:00.000Z"]
    assert off.split()[2] == "no"
    assert re.split(" {2,}", old) == ["old", "1", "no longer valid", "2026-01-01T00:00:00.000Z"]
