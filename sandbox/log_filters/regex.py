"""Regular expressions between percent signs, which are found in time linear in the text.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html

There are no groups, so an expression is a choice of sequences, and a sequence is of items, each a set of
characters, to be there once, at most once, any number of times, or at least once. Where a search is in all
sequences at once is one number with a bit for each item that may come next. Python's own `re` tries one way
after another instead, and some expressions of a few characters would keep it busy for years.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sandbox.log_filters.invalid import InvalidPattern

ITEMS_MAX = 2_000
"""What an expression may become when its counts are written out: `a{3}` is 3 items."""

STATES_MAX = 10_000
"""After so many states were met they are forgotten, and found again as needed."""

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


class Regex:
    """An expression, from what stands between percent signs. Raises InvalidPattern."""

    def __init__(self, source: str) -> None:
        choices = tuple(_Reader(source).choices())
        if sum(len(each.items) for each in choices) > ITEMS_MAX:
            raise NoRegex
        self._text = choices[0].text() if len(choices) == 1 else ""
        self._charsets: list[tuple[int, Charset]] = []
        self._optional = self._repeated = self._found = self._found_at_end = 0
        at_start = anywhere = 0
        bit = 1
        for choice in choices:
            at_start |= bit
            anywhere |= 0 if choice.at_start else bit
            for item in choice.items:
                self._charsets.append((bit, item.charset))
                self._optional |= bit if item.optional else 0
                self._repeated |= bit if item.repeated else 0
                bit <<= 1
            self._found_at_end |= bit
            self._found |= 0 if choice.at_end else bit
            bit <<= 1
        self._anywhere = self._without_optional(anywhere)
        self._characters: dict[str, int] = {}
        self._states: dict[int, _State] = {}
        self._start = self._state(self._without_optional(at_start))

    def search(self, text: str) -> bool:
        """Whether it is found in the text. The text's end is also before a line feed that ends it."""
        if self._text not in text:  # which costs next to nothing, and most texts no more than that
            return False
        state = self._start
        body = text.removesuffix("\n")
        for character in body:
            if state.found or state.over:
                return state.found
            state = state[character]
        if state.found or state.found_at_end:
            return True
        if len(body) == len(text):
            return False
        state = state["\n"]
        return state.found or state.found_at_end

    def _state(self, bits: int) -> "_State":
        state = self._states.get(bits)
        if state is None:
            if len(self._states) >= STATES_MAX:
                self._states.clear()
            state = self._states[bits] = _State(
                self,
                bits,
                found=bool(bits & self._found),
                found_at_end=bool(bits & self._found_at_end),
                over=not bits | self._anywhere,
            )
        return state

    def after(self, bits: int, character: str) -> "_State":
        """The state that a character leads to."""
        accepting = self._characters.get(character)
        if accepting is None:
            accepting = sum(bit for bit, charset in self._charsets if charset(character))
            if len(self._characters) < STATES_MAX:
                self._characters[character] = accepting
        taken = bits & accepting
        return self._state(self._without_optional(taken << 1 | taken & self._repeated) | self._anywhere)

    def _without_optional(self, bits: int) -> int:
        """The bits, and those that come next when optional items are left out."""
        while (more := bits | (bits & self._optional) << 1) != bits:
            bits = more
        return bits


class _State(dict[str, "_State"]):
    """Where a search is; by each character, where it is next, found when it is first asked for."""

    __slots__ = ("_bits", "_regex", "found", "found_at_end", "over")

    def __init__(self, regex: Regex, bits: int, *, found: bool, found_at_end: bool, over: bool) -> None:
        super().__init__()
        self._regex, self._bits = regex, bits
        self.found, self.found_at_end, self.over = found, found_at_end, over

    def __missing__(self, character: str) -> "_State":
        state = self._regex.after(self._bits, character)
        if len(self) < STATES_MAX:
            self[character] = state
        return state


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
