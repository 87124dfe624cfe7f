"""Groups of error messages that differ only in ids, times, numbers and private data."""

from lambdas.domain.error_grouping import generalised
from lambdas.telemetry.masking import masked


def reason_group(message: str) -> str:
    """Return the group of an error message, as used by reports, statistics and filters."""
    return generalised(masked(message))
