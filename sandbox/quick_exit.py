"""End quickly: Python's last garbage collection takes 2 s, for memory that is given back anyway."""

# LocalStack is typed in part only.
# mypy: disable-error-code="untyped-decorator"

import gc

from localstack.runtime import hooks


@hooks.on_infra_shutdown()
def leave_memory_alone() -> None:
    """Exempt all objects that there are from garbage collection."""
    gc.freeze()
