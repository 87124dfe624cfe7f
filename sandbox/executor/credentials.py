"""Which credentials belong to functions, and so whose call a request is.

LocalStack assumes the function's role once for each execution environment, as Lambda does, and the access key
that it gets is that environment's alone: a request signed with it was made by the function. Nothing has to be
put into the environment that AWS would not.
"""

from collections.abc import Collection, Mapping

_KEY = "AWS_ACCESS_KEY_ID"

_handed_out = set[str]()


def hand_out(environment: Mapping[str, object], configured: Collection[str]) -> str | None:
    """Remember the access key in an execution environment's variables until it is taken back; return it.

    None, and nothing is remembered, when it is among the variables of the function's own configuration: AWS
    refuses that, LocalStack takes it, and the key may well be the operator's.
    """
    if _KEY in configured:
        return None
    key = str(environment[_KEY])
    _handed_out.add(key)
    return key


def take_back(key: str | None) -> None:
    """The execution environment with this access key has ended. Idempotent."""
    _handed_out.discard(str(key))


def is_functions(key: str | None) -> bool:
    """Whether an execution environment that runs was given this access key."""
    return key in _handed_out
