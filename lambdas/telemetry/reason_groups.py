"""Groups of reasons: messages of errors that differ only in their numbers, ids and private data."""

from lambdas.domain.error_grouping import generalised
from lambdas.telemetry.masking import masked


def reason_group(message: str) -> str:
    """Return the group of an error's message, as reports and statistics name it and filters ask for it."""
    return generalised(masked(message))
