"""The functions' credentials, which identify the caller of a request.

LocalStack assumes a function's role once for each execution environment, as Lambda does. The resulting access
key belongs to that environment alone, so a request signed with it was made by the function. No additional
environment variable is needed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

_KEY = "AWS_ACCESS_KEY_ID"


@dataclass(frozen=True)
class Owner:
    """A function and its role."""

    arn: str
    role_arn: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.arn.rpartition(":")[2]

    @property
    def session_arn(self) -> str:
        """The ARN of the role's session, named after the function, as shown in errors.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        """
        account, role = self.role_arn.split(":")[4], self.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{account}:assumed-role/{role}/{self.name}"


_handed_out = dict[str, Owner]()


def hand_out(environment: Mapping[str, object], configured: Collection[str], owner: Owner) -> str | None:
    """Register the owner of an execution environment's access key, until `take_back`.

    Args:
        environment: The execution environment's variables.
        configured: Names of the variables in the function's own configuration.
        owner: The function.

    Returns:
        The access key, or None if the function's configuration sets it, in which case it is not registered:
        AWS refuses this, but LocalStack accepts it, and the key may be the operator's.
    """
    if _KEY in configured:
        return None
    key = str(environment[_KEY])
    _handed_out[key] = owner
    return key


def take_back(key: str | None) -> None:
    """Remove the registration of an access key after its execution environment has ended. Idempotent."""
    _handed_out.pop(str(key), None)


def is_functions(key: str | None) -> bool:
    """Return whether the access key belongs to a running execution environment."""
    return key in _handed_out


def owner(key: str | None) -> Owner | None:
    """Return the function whose running execution environment has this access key, or None."""
    return _handed_out.get(str(key))
