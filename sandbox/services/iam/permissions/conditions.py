"""The conditions of policy statements.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import cache
from typing import Any

from sandbox.services.iam.function_credentials import Owner

type Context = tuple[tuple[str, str], ...]
"""The condition keys and values of a request. Keys are lower-case, as they are case-insensitive."""


def context_of(account: str, function: Owner | None) -> Context:
    """Return the condition keys that statements may test.

    A call over the laptop's loopback counts as one over TLS, since it does not leave the machine.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    keys = {"aws:securetransport": "true", "aws:principalaccount": account}
    if function is not None:
        keys |= {"lambda:sourcefunctionarn": function.arn, "aws:principalarn": function.role_arn}
    return tuple(keys.items())


class NotUnderstood(Exception):
    """A condition's operator is not supported, so the condition is neither true nor false."""


def holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Return whether all of a statement's conditions hold, each for at least one of its values.

    Raises:
        NotUnderstood: An operator is not supported.
    """
    given = dict(context)
    return all(
        _one(operator, _strings(values), given.get(key.lower()))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _one(operator: str, wanted: Iterable[str], value: str | None) -> bool:
    # A key has only one value here. If it is missing, ForAllValues holds and ForAnyValue does not.
    if operator.startswith("ForAllValues:"):
        return value is None or _one(operator.removeprefix("ForAllValues:"), wanted, value)
    name = operator.removeprefix("ForAnyValue:").removesuffix("IfExists")
    if name == "Null":
        return any((value is None) == (each == "true") for each in wanted)
    if name not in _OPERATORS:
        raise NotUnderstood(operator)
    if value is None:
        # For a missing key, "not equal" and "if it exists" hold.
        return operator.endswith("IfExists") or ("Not" in name and name == operator)
    compare, negated = _OPERATORS[name]
    return any(compare(each, value) for each in wanted) != negated


def _strings(values: Any) -> list[str]:
    found = values if isinstance(values, list) else [values]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in found]


def _equal(wanted: str, value: str) -> bool:
    return wanted == value


def _equal_in_any_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _like(wanted: str, value: str) -> bool:
    return _pattern(wanted).fullmatch(value) is not None


def _arn_like(wanted: str, value: str) -> bool:
    """Compare ARNs part by part, so that `*` matches a colon only in the last part."""
    patterns, parts = wanted.split(":", 5), value.split(":", 5)
    return len(patterns) == len(parts) and all(map(_like, patterns, parts))


@cache
def _pattern(wanted: str) -> re.Pattern[str]:
    """Compile a pattern in which only `*` and `?` are special."""
    return re.compile(translate(wanted.replace("[", "[[]")))


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_in_any_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,  # the same, according to AWS
    "ArnLike": _arn_like,
}
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "Bool": (_equal_in_any_case, False),
    **{name: (compare, False) for name, compare in _COMPARISONS.items()},
    **{re.sub(r"^(String|Arn)", r"\1Not", name): (compare, True) for name, compare in _COMPARISONS.items()},
}
"""Each operator's comparison, and whether the operator negates it."""
