"""What goes wrong with tracing is logged, and harms nobody: what is traced goes on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOG = logging.getLogger(__name__)


@contextmanager
def contained(what: str) -> Iterator[None]:
    """Log an exception instead of raising it; `what` was not traced."""
    try:
        yield
    except Exception:
        LOG.exception("%s is not in the traces", what)
