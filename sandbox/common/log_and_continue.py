"""What goes wrong with metrics and traces is logged, and harms nobody: what is measured goes on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOG = logging.getLogger(__name__)


@contextmanager
def contained(what: str) -> Iterator[None]:
    """Log an exception instead of raising it; `what` is not recorded then."""
    try:
        yield
    except Exception:
        LOG.exception("%s is not recorded", what)
