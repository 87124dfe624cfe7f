"""Answers in pages, which stay right when there is more by the time of the next.

A token tells the last item of its page, so the next page has what comes behind it.
"""

import base64
import binascii
from collections.abc import Callable, Iterable

PAGE = 100


class InvalidToken(Exception):
    """It was not handed out here."""


def page[T](items: Iterable[T], *, key: Callable[[T], str], token: str | None) -> tuple[list[T], str | None]:
    """The page behind `token`, the first when None, in the order of `key`; and the next page's token, if any.

    Raises InvalidToken.
    """
    after = "" if token is None else _decode(token)
    remaining = sorted((each for each in items if key(each) > after), key=key)
    found = remaining[:PAGE]
    return found, _encode(key(found[-1])) if len(remaining) > PAGE else None


def _encode(position: str) -> str:
    return base64.urlsafe_b64encode(b"1:" + position.encode()).decode()


def _decode(token: str) -> str:
    try:
        version, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise InvalidToken(token) from error
    if version != "1":
        raise InvalidToken(token)
    return position
