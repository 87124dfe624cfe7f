"""The event source mapping of a function, paused for a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.errors import MeasurementFailed
from benchmarks.stack import Stack

_PATIENCE_SECONDS = 60


@contextmanager
def paused(stack: Stack, function: str) -> Iterator[None]:
    """Have the function's queue fill: its mapping is disabled during the block.

    Raises:
        MeasurementFailed: the mapping does not become so.
    """
    name = stack.settings.function_name(function)
    [mapping] = stack.functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    _switch(stack, mapping["UUID"], on=False)
    try:
        yield
    finally:
        _switch(stack, mapping["UUID"], on=True)


def _switch(stack: Stack, uuid: str, *, on: bool) -> None:
    stack.functions.update_event_source_mapping(UUID=uuid, Enabled=on)
    wanted, deadline = ("Enabled" if on else "Disabled"), time.monotonic() + _PATIENCE_SECONDS
    while (state := stack.functions.get_event_source_mapping(UUID=uuid)["State"]) != wanted:
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"the mapping is {state} instead of {wanted}")
        time.sleep(0.1)
