"""Pages that stay consistent while items are added: a token contains the position of its page's last item."""

import base64
import binascii
from collections.abc import Callable, Iterable

PAGE = 100


class InvalidToken(Exception):
    """The token is not one of ours."""


def page[T](items: Iterable[T], *, key: Callable[[T], str], token: str | None) -> tuple[list[T], str | None]:
    """Return the page after `token`, in the order of `key`, and the next page's token if there is one.

    Args:
        items: all items.
        key: returns the position of an item.
        token: a page's token; None for the first page.

    Raises:
        InvalidToken: the token is not one of ours.
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
