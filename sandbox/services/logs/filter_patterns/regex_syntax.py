"""The syntax of regular expressions between percent signs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html

There are no groups: an expression is a choice of sequences, and a sequence is of items, each a set of
characters, to be there once, at most once, any number of times, or at least once.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern

ITEMS_MAX = 2_000
"""What an expression may become when its counts are written out: `a{3}` is 3 items."""

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PLAIN = frozenset(DIGITS + LETTERS + " :_#=@/;,-")
CLASSES: Final = {
    "d": frozenset(DIGITS),
    "s": frozenset(" \t\n\r\f\v"),
    "w": frozenset(DIGITS + LETTERS + "_"),
}
ESCAPED = frozenset("^$?[]{}|\\*+.:_#=@/;,- %")
WRITTEN = re.compile(r"(?:[A-Za-z0-9 :_#=@/;,^$?\[\]{}|*+.-]|\\[\x21-\x7e])*")
"""What may stand between percent signs, whether or not it is an expression."""

COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}", re.ASCII)

type Charset = Callable[[str], bool]


@dataclass(frozen=True)
class _One:
    """The set of one character."""

    character: str

    def __call__(self, character: str) -> bool:
        return character == self.character


class NoRegex(InvalidPattern):
    """What stands between percent signs cannot be understood."""

    def __init__(self) -> None:
        super().__init__("Failed to compile regular expression.")


@dataclass(frozen=True)
class Item:
    """One character of a sequence."""

    charset: Charset
    optional: bool = False
    repeated: bool = False

    @property
    def only(self) -> str | None:
        """The character that it always is, once."""
        if self.optional or self.repeated or not isinstance(self.charset, _One):
            return None
        return self.charset.character


@dataclass(frozen=True)
class Choice:
    """One sequence: found anywhere, unless it is anchored."""

    items: tuple[Item, ...]
    at_start: bool
    at_end: bool

    def text(self) -> str:
        """The longest text that is in all that is found."""
        runs = groupby(self.items, key=lambda item: item.only is not None)
        texts = ("".join(item.only or "" for item in run) for _, run in runs)
        return max(texts, key=len, default="")


def read_choices(source: str) -> list[Choice]:
    """What stands between percent signs, read. Raises NoRegex."""
    choices = list(_Reader(source).choices())
    if sum(len(each.items) for each in choices) > ITEMS_MAX:
        raise NoRegex
    return choices


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def choices(self) -> Iterator[Choice]:
        yield self._choice()
        while self._took("|"):
            yield self._choice()
        if self._at < len(self._source):
            raise NoRegex

    def _choice(self) -> Choice:
        items: list[Item] = []
        at_start = self._took("^")
        while self._next() not in ("", "|", "$"):
            items += self._counted(self._charset())
            if len(items) > ITEMS_MAX:
                raise NoRegex
        return Choice(tuple(items), at_start, at_end=self._took("$"))

    def _counted(self, charset: Charset) -> list[Item]:
        if self._took("*"):
            return [Item(charset, optional=True, repeated=True)]
        if self._took("+"):
            return [Item(charset, repeated=True)]
        if self._took("?"):
            return [Item(charset, optional=True)]
        if self._next() != "{":
            return [Item(charset)]
        count = COUNT.match(self._source, self._at)
        if count is None or not (count[1] or count[3]):
            raise NoRegex
        self._at = count.end()
        least = int((count[1] or "0")[:9])
        most = int(count[3][:9]) if count[3] else None if count[2] else least
        if max(least, most or 0) > ITEMS_MAX or (most is not None and most < least):
            raise NoRegex
        needed = [Item(charset)] * least
        if most is None:
            return [*needed, Item(charset, optional=True, repeated=True)]
        return needed + [Item(charset, optional=True)] * (most - least)

    def _charset(self) -> Charset:
        character = self._take()
        if character == ".":
            return lambda _: True
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escaped()
        if character not in PLAIN:
            raise NoRegex
        return _One(character)

    def _class(self) -> Charset:
        negated = self._took("^")
        singles: set[str] = set()
        sets: list[Charset] = []
        while not self._took("]"):
            charset, first = self._member()
            if first is None:
                sets.append(charset)
            elif self._next() == "-" and self._source[self._at + 1 : self._at + 2] not in ("", "]"):
                self._take()
                last = self._member()[1]
                if last is None or last < first:
                    raise NoRegex
                singles.update(map(chr, range(ord(first), ord(last) + 1)))
            else:
                singles.add(first)
        if not singles and not sets:
            raise NoRegex
        return lambda each: (each in singles or any(one(each) for one in sets)) != negated

    def _member(self) -> tuple[Charset, str | None]:
        """A member of a class; and the character that it is, if it is one."""
        character = self._take()
        if character == "\\":
            charset = self._escaped()
            return charset, charset.character if isinstance(charset, _One) else None
        if character == "[":
            raise NoRegex
        return _One(character), character

    def _escaped(self) -> Charset:
        character = self._take()
        if character == "x":
            digits = self._take() + self._take()
            if not re.fullmatch("[0-7][0-9A-Fa-f]", digits):
                raise NoRegex
            return _One(chr(int(digits, 16)))
        if characters := CLASSES.get(character):
            return characters.__contains__
        if characters := CLASSES.get(character.lower()):
            return lambda each: each not in characters
        if character not in ESCAPED:
            raise NoRegex
        return _One(character)

    def _next(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._next()
        if not character:
            raise NoRegex
        self._at += 1
        return character

    def _took(self, character: str) -> bool:
        if self._next() != character:
            return False
        self._at += 1
        return True
