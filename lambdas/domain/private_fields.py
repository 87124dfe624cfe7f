"""Recognition of private fields by their names, in any spelling.

Names are compared word by word: `apiKey` matches `API_KEY`, `api-key` and `apikey`, and also `X-Api-Key` and
`apiKeyOfPartner`, but `pin` does not match `spinning`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

USUAL = (
    *(
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "jwt",
        "cookie",
        "credential",
        "credentials",
    ),
    *(
        "apiKey",
        "accessKey",
        "privateKey",
        "signingKey",
        "encryptionKey",
        "auth",
        "authorization",
        "signature",
    ),
    *("ssn", "socialSecurityNumber", "cardNumber", "creditCard", "cvv", "cvc", "iban", "pin", "otp"),
)
"""Default names of private fields."""

# Last words of names of fields that describe private data, and have none.
_DESCRIBING = re.compile(
    "arn|expires|expiry|host|length|method|name|policy|region|scheme|ttl|type|uri|url|user|username"
)

# Shorter names are endings of too many unrelated words.
MIN_ENDING = 5

_SEPARATORS = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])")


@dataclass(frozen=True)
class PrivateFields:
    """Set of names of fields whose values are private."""

    names: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> "PrivateFields":
        """Create a set from names in any spelling; empty names are ignored."""
        return cls(frozenset(name.strip() for name in names if _words(name)))

    @cached_property
    def _joined(self) -> frozenset[str]:
        return frozenset("".join(_words(name)) for name in self.names)

    @cached_property
    def _endings(self) -> tuple[str, ...]:
        return tuple(name for name in self._joined if len(name) >= MIN_ENDING)

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._joined), default=0)

    def has(self, name: str) -> bool:
        """Return whether the value of a field with this name is private."""
        words = _words(name)
        return "".join(words).endswith(self._endings) or any(
            row in self._joined for row in _rows(words, self._longest)
        )

    def hold(self, name: str) -> bool:
        """Return whether a field with this name has private data itself, unlike a `tokenType`."""
        return self.has(name) and not _DESCRIBING.fullmatch(_words(name)[-1])

    def spelled_in(self, value: object) -> set[str]:
        """Return the names of the private fields at any depth in a value, in their original spelling."""
        return {name for name in set(_names(value)) if self.has(name)}


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _SEPARATORS.split(name) if word)


def _rows(words: Sequence[str], longest: int) -> Iterator[str]:
    """Yield every run of consecutive words, joined, that has at most `longest` characters."""
    for first in range(len(words)):
        row = ""
        for index in range(first, len(words)):
            row += words[index]
            if len(row) > longest:
                break
            yield row


def _names(value: object) -> Iterator[str]:
    """Yield the names of all fields at any depth in a value."""
    stack: list[object] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield from node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
