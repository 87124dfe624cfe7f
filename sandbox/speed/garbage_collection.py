"""Python's garbage collection, where it only costs.

Loading LocalStack's services makes millions of objects of which hardly one is garbage; looking through the
young ones after each 2,000 of them is half a second of a deployment. At the end Python looks through all of
them once more, for 2 s, for memory that is given back anyway.
https://docs.python.org/3.13/library/gc.html
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="untyped-decorator"

import gc

from localstack.runtime import hooks

YOUNG_OBJECTS = 20_000
YOUNG_COLLECTIONS = 25


@hooks.on_infra_start()
def collect_seldom() -> None:
    """Look through young objects when there are ten times as many as by default, and old ones as seldom."""
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, YOUNG_COLLECTIONS)


@hooks.on_infra_shutdown()
def leave_memory_alone() -> None:
    """Exempt all objects that there are from garbage collection."""
    gc.freeze()
