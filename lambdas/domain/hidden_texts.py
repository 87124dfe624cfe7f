"""Texts that are masked wherever they appear: secrets that work has read."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from lambdas.domain.masking import BETWEEN, MASK, masked_text
from lambdas.domain.private_fields import USUAL, PrivateFields

_LEAST_CHARACTERS = 4
_LEAST_CHARACTERS_OF_PART = 8
_PRIVATE = PrivateFields.of(USUAL)
_NAME = re.compile(r"[A-Za-z_-]+")

# The texts to mask, and whether to mask them also within or as names of private data.
_hidden = dict[str, bool]()


def hide(secret: str) -> None:
    """Register a secret to be masked from now on in logs, alerts and recorded errors.

    It is also masked without the white space around it, as in JSON and as in a URL. If it is a JSON object,
    the texts of 8 characters or more in its private fields, such as `dbPassword` but not `token_type`, are
    secrets, too. Secrets of fewer than 4 characters are not masked, since they would occur in ordinary text.

    Private data is recognised by names, such as `X-Api-Key`. A text in a private field that may be such a
    name therefore stays where it ends the name of a value, as in `X-Api-Key: `, or where a name goes on after
    it. What precedes it may be an escape, as in JSON or a URL, and no part of a name.
    """
    for text in {secret, *_parts(secret)}:
        always = text == secret or not _may_be_name(text.strip())
        for form in (text, text.strip()):
            if len(form) >= _LEAST_CHARACTERS:
                in_json = json.dumps(form, ensure_ascii=False)[1:-1]
                for each in (form, in_json, quote(form, safe="", errors="replace")):
                    _hidden[each] = always or _hidden.get(each, False)


def without_hidden(text: str) -> str:
    """Mask the secrets passed to `hide` in a text, but no other private data."""
    for secret in sorted(_hidden, key=len, reverse=True):
        if _hidden[secret]:
            text = text.replace(secret, MASK)
        elif secret in text:
            text = re.sub(rf"{re.escape(secret)}(?![\w-]|(?i:{BETWEEN}))", MASK, text)
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
        elif is_private and isinstance(value, str) and len(value) >= _LEAST_CHARACTERS_OF_PART:
            yield value


def _may_be_name(text: str) -> bool:
    """Return whether private data is recognised by a text, as by `password` in `password=`."""
    is_name = _PRIVATE.has(text) or masked_text(f"{text}=0") == f"{text}={MASK}"
    return is_name and _NAME.fullmatch(text) is not None
