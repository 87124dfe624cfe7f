"""Recognition of refusals: errors with which a healthy remote service has answered."""

from collections.abc import Iterator
from contextlib import suppress

from lambdas.domain.category import Category
from lambdas.domain.errors import WorkError, classify
from lambdas.domain.leaf_errors import leaf_errors
from lambdas.domain.library_errors import library_answered


def is_refusal(error: BaseException) -> bool:
    """Return whether an error shows that a remote service has answered, and is healthy.

    Such an error has the category VALIDATION or RATE_LIMIT. But an InvalidWork may be raised before any call,
    as may a library's error for an invalid URL. Therefore the error itself decides, or else those that were
    being handled when it was raised, the nearest first. An exception group is a refusal if one of its errors
    is and none is of category NETWORK or SYSTEM.
    """
    with suppress(Exception):  # the causes of errors may be nested too deeply
        return _is_refusal(error, set())
    return False


def _is_refusal(error: BaseException, seen: set[int]) -> bool:
    for each in _with_causes(error, seen):
        leaves = leaf_errors(each)
        categories = {classify(leaf).category for leaf in leaves}
        if not categories.isdisjoint((Category.NETWORK, Category.SYSTEM)):
            return False
        if isinstance(each, BaseExceptionGroup):
            if any(_is_refusal(leaf, seen) for leaf in leaves):
                return True
        elif Category.RATE_LIMIT in categories or (Category.VALIDATION in categories and _has_answered(each)):
            return True
        if each is error and categories == {Category.UNKNOWN}:
            return False
    return False


def _with_causes(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from, each once."""
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        is_hidden = following.__suppress_context__
        following = following.__cause__ or (None if is_hidden else following.__context__)


def _has_answered(error: BaseException) -> bool:
    """Return whether an error of category VALIDATION comes from an answer."""
    if isinstance(error, WorkError):
        return error.answered
    with suppress(Exception):  # the contents of an error may be anything
        return library_answered(error) or any(
            isinstance(getattr(error, name, None), int) for name in ("status", "status_code")
        )
    return False
