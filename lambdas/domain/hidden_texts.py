"""Texts that are masked wherever they appear: secrets that work has read."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from lambdas.domain.masking import MASK, masked_text
from lambdas.domain.private_fields import USUAL, PrivateFields

_LEAST_CHARACTERS = 4
_LEAST_CHARACTERS_OF_PART = 8
_PRIVATE = PrivateFields.of(USUAL)
_NAME = re.compile(r"[A-Za-z_-]+")

_hidden = set[str]()


def hide(secret: str) -> None:
    """Register a secret to be masked from now on in logs, alerts and recorded errors.

    It is also masked without the white space around it, as in JSON and as in a URL. If it is a JSON object,
    the texts of 8 characters or more in its private fields, such as `dbPassword` but not `token_type`, are
    secrets, too. Secrets of fewer than 4 characters are not masked, since they would occur in ordinary text.
    """
    for text in {secret, *_parts(secret)}:
        for form in (text, text.strip()):
            if len(form) >= _LEAST_CHARACTERS:
                _hidden.update(
                    (form, json.dumps(form, ensure_ascii=False)[1:-1], quote(form, safe="", errors="replace"))
                )


def without_hidden(text: str) -> str:
    """Mask the secrets passed to `hide` in a text, but no other private data."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _parts(secret: str) -> Iterator[str]:
    """Yield the texts in the private fields of a secret that is a JSON object, and in lists in them."""
    try:
        found = json.loads(secret)
    except (ValueError, RecursionError):
        return
    stack: list[tuple[object, bool]] = [(found, False)] if isinstance(found, dict) else []
    while stack:
        value, is_private = stack.pop()
        if isinstance(value, dict):
            stack += [(member, _PRIVATE.hold(name)) for name, member in value.items()]
        elif isinstance(value, list):
            stack += [(member, is_private) for member in value]
        elif is_private and isinstance(value, str) and _is_secret(value):
            yield value


def _is_secret(text: str) -> bool:
    """Return whether a text is long enough, and is no name of private data, as in `password=`.

    Private data is recognised by these names, which must stay in texts.
    """
    if len(text) < _LEAST_CHARACTERS_OF_PART:
        return False
    is_name = _PRIVATE.has(text) or masked_text(f"{text}=0") == f"{text}={MASK}"
    return not (is_name and _NAME.fullmatch(text))
