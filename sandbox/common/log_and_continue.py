"""Error containment for metrics and traces, whose failures must not fail the request."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOG = logging.getLogger(__name__)


@contextmanager
def contained(subject: str) -> Iterator[None]:
    """Log an exception instead of raising it.

    Args:
        subject: The data that is lost if the block fails, named in the log message.
    """
    try:
        yield
    except Exception:
        LOG.exception("%s is not recorded", subject)
