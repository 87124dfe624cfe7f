"""Which credentials belong to functions, and so whose call a request is.

LocalStack assumes the function's role once for each execution environment, as Lambda does, and the access key
that it gets is that environment's alone: a request signed with it was made by the function. Nothing has to be
put into the environment that AWS would not.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

_KEY = "AWS_ACCESS_KEY_ID"


@dataclass(frozen=True)
class Owner:
    """A function, and the role that it has."""

    arn: str
    role_arn: str

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    @property
    def session_arn(self) -> str:
        """How errors name it: a session of its role, of the function's name
        (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html)."""
        account, role = self.role_arn.split(":")[4], self.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{account}:assumed-role/{role}/{self.name}"


_handed_out = dict[str, Owner]()


def hand_out(environment: Mapping[str, object], configured: Collection[str], owner: Owner) -> str | None:
    """Remember whose the access key in an execution environment's variables is until it is taken back;
    return it.

    None, and nothing is remembered, when it is among the variables of the function's own configuration: AWS
    refuses that, LocalStack takes it, and the key may well be the operator's.
    """
    if _KEY in configured:
        return None
    key = str(environment[_KEY])
    _handed_out[key] = owner
    return key


def take_back(key: str | None) -> None:
    """The execution environment with this access key has ended. Idempotent."""
    _handed_out.pop(str(key), None)


def is_functions(key: str | None) -> bool:
    """Whether an execution environment that runs was given this access key."""
    return key in _handed_out


def owner(key: str | None) -> Owner | None:
    """The function whose running execution environment was given this access key, if any was."""
    return _handed_out.get(str(key))
