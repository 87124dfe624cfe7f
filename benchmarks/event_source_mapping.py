"""Pausing the event source mapping of a function."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.errors import MeasurementFailed
from benchmarks.stack import Stack

_MAX_SECONDS = 60


@contextmanager
def paused(stack: Stack, function: str) -> Iterator[None]:
    """Disable a function's mapping during the block, so that its queue fills.

    Raises:
        MeasurementFailed: If the mapping does not change its state in time.
    """
    name = stack.settings.live_function(function)
    [mapping] = stack.functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    _switch(stack, mapping["UUID"], on=False)
    try:
        yield
    finally:
        _switch(stack, mapping["UUID"], on=True)


def _switch(stack: Stack, uuid: str, *, on: bool) -> None:
    stack.functions.update_event_source_mapping(UUID=uuid, Enabled=on)
    wanted, deadline = ("Enabled" if on else "Disabled"), time.monotonic() + _MAX_SECONDS
    while (state := stack.functions.get_event_source_mapping(UUID=uuid)["State"]) != wanted:
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"the mapping is {state} instead of {wanted}")
        time.sleep(0.1)
