"""Replacement of control characters in texts from elsewhere, which a terminal would obey.

An error message may quote the response of any server. With sequences that begin with ESC, or with one of the
C1 characters, it could set the terminal's title, move the cursor over other output, or fill the clipboard:
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

import re

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Unicode's category Cc, apart from the tab and the line feed."""


def escaped(text: str) -> str:
    r"""Replace control characters by their escapes in JSON, except tabs and line feeds.

    >>> escaped("a\x1b]0;title\x07")
    'a\\u001b]0;title\\u0007'
    """
    return _CONTROL_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Escaping(RenderHook):
    """Hook of a console that escapes control characters in everything that is printed.

    Colours and the movements of the console's own displays are no text, and pass. Rich has already removed
    BEL, BS, VT, FF and CR from strings.
    """

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Wrap what is about to be printed."""
        return [_Escaped(each) for each in renderables]


class _Escaped:
    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(escaped(segment.text), segment.style)
