"""Containment of errors in metrics and traces, which must not fail the request that is measured."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOG = logging.getLogger(__name__)


@contextmanager
def contained(subject: str) -> Iterator[None]:
    """Log an exception instead of raising it.

    Args:
        subject: What is not recorded if the block fails, for the log.
    """
    try:
        yield
    except Exception:
        LOG.exception("%s is not recorded", subject)
