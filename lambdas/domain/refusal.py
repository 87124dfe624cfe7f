"""Recognition of refusals: errors with which a healthy remote service has answered."""

from collections.abc import Iterator
from contextlib import suppress

from lambdas.domain.category import Category
from lambdas.domain.errors import WorkError, classify
from lambdas.domain.library_errors import library_answered


def is_refusal(error: BaseException) -> bool:
    """Return whether an error shows that a remote service has answered, and is healthy.

    Such an error has the category VALIDATION or RATE_LIMIT. But an InvalidWork may be raised before any call,
    as may a library's error for an invalid URL. Therefore the error itself decides, or else those that were
    being handled when it was raised, the nearest first.
    """
    if classify(error).category is Category.UNKNOWN:
        return False
    for each in _with_causes(error):
        match classify(each).category:
            case Category.NETWORK | Category.SYSTEM:
                return False
            case Category.RATE_LIMIT:
                return True
            case Category.VALIDATION if _has_answered(each):
                return True
    return False


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from, each once."""
    seen = set[int]()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        yield following
        seen.add(id(following))
        is_hidden = following.__suppress_context__
        following = following.__cause__ or (None if is_hidden else following.__context__)


def _has_answered(error: BaseException) -> bool:
    """Return whether an error of category VALIDATION comes from an answer."""
    if isinstance(error, WorkError):
        return error.answered
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_refusal, error.exceptions))
    with suppress(Exception):  # the contents of an error may be anything
        return library_answered(error) or any(
            isinstance(getattr(error, name, None), int) for name in ("status", "status_code")
        )
    return False
