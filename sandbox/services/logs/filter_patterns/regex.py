"""Regular expressions, which are found in time linear in the text.

Where a search is in all sequences of an expression at once is one number, with a bit for each item that may
come next. Python's own `re` tries one way after another instead, and some expressions of a few characters
would keep it busy for years.
"""

from typing import Final

from sandbox.services.logs.filter_patterns.regex_syntax import Charset, read_choices

STATES_MAX: Final = 1_000
"""After so many states were met they are forgotten, and found again as needed."""


class Regex:
    """An expression, from what stands between percent signs. Raises InvalidPattern."""

    def __init__(self, source: str) -> None:
        choices = read_choices(source)
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
                for known in list(self._states.values()):
                    known.clear()
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
