"""The problem of a kind of work whose module cannot be imported."""

from lambdas.http.problems import ApiError, ProblemType
from lambdas.http.resolver import RETRY_AFTER_SECONDS
from lambdas.telemetry.logs import logger
from lambdas.telemetry.masking import masked


def unusable_kind(reason: Exception) -> ApiError:
    """Create the error for a kind of work that cannot be used until its module is fixed, and log the reason.

    It is temporary: the request is valid, and succeeds once the fixed module is deployed.
    """
    logger.error("kind of work cannot be used", reason=str(reason))
    return ApiError(
        ProblemType.UNAVAILABLE,
        f"The kind cannot be used at present: {masked(str(reason))}",
        retry_after=RETRY_AFTER_SECONDS,
    )
