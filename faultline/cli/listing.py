"""Tables for terminals and pipes, which do not truncate or break values that users may want to copy."""

import textwrap
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

from faultline.cli.control_characters import escaped

MIN_PROSE = 30
"""Minimum width of a column of prose in characters; if less is left, the prose goes below its row."""
_GAP = "  "
_INDENT = "  "


class Listing:
    """Table with a heading, for `Console.print(..., soft_wrap=True)`.

    A row is a single line if the width allows. Otherwise its key, such as a task id, and its prose are put on
    lines of their own. Values that are still too long are left to the terminal, which wraps them and copies
    them whole.
    """

    def __init__(
        self, *columns: str, key: bool = True, prose: bool = False, right: tuple[str, ...] = ()
    ) -> None:
        """Create a listing without rows.

        Args:
            columns: Headings of the columns.
            key: Whether the first column identifies the row.
            prose: Whether the last column is prose, which may be wrapped at spaces.
            right: Columns to align to the right.
        """
        self._key = key
        self._prose = prose
        self._is_right = [column in right for column in columns]
        self._rows = [[Text(column, style="bold") for column in columns]]

    def add(self, *cells: str | Text) -> None:
        """Add a row."""
        self._rows.append([_line(cell) for cell in cells])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines of the table for rich."""
        widths = [max(map(_width, column)) for column in zip(*self._rows, strict=True)]
        *fixed, last = widths
        text = min(last, MIN_PROSE) if self._prose else last
        if sum(fixed) + len(_GAP) * len(fixed) + text <= options.max_width:
            for row in self._rows:
                yield from self._on_one_line(row, widths, options.max_width)
        else:
            for row in self._rows:
                yield from self._on_several_lines(row, widths, options.max_width)

    def _on_one_line(self, row: list[Text], widths: list[int], max_width: int) -> Iterator[Text]:
        if not self._prose:
            yield self._joined(row, widths)
            return
        before = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
        first, *others = _wrapped(row[-1], max_width - before)
        yield self._joined([*row[:-1], first], widths)
        for each in others:
            yield Text(" " * before) + each

    def _on_several_lines(self, row: list[Text], widths: list[int], max_width: int) -> Iterator[Text]:
        begin, end = int(self._key), len(row) - int(self._prose)
        if self._key:
            yield row[0]
        if begin < end:
            middle = self._joined(row[begin:end], widths[begin:end], begin)
            yield Text(_INDENT if self._key else "") + middle
        if self._prose and row[-1]:
            for each in _wrapped(row[-1], max_width - len(_INDENT)):
                yield Text(_INDENT) + each

    def _joined(self, cells: list[Text], widths: list[int], begin: int = 0) -> Text:
        padded = []
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True), begin):
            blanks = " " * (width - _width(cell))
            padded.append(Text(blanks) + cell if self._is_right[index] else cell + Text(blanks))
        line = Text(_GAP).join(padded)
        line.rstrip()
        return line


def _line(cell: str | Text) -> Text:
    """Join the lines of a cell, so that each row is one line in a pipe, and escape control characters."""
    plain, style = (cell, "") if isinstance(cell, str) else (cell.plain, cell.style)
    return Text(escaped(" ".join(plain.splitlines()) if "\n" in plain else plain), style=style)


def _width(cell: Text) -> int:
    return cell_len(cell.plain)


def _wrapped(text: Text, width: int) -> list[Text]:
    """Break a text at spaces; words that are longer than a line, such as URLs, are kept whole."""
    lines = textwrap.wrap(text.plain, max(width, 1), break_long_words=False, break_on_hyphens=False)
    return [Text(line, style=text.style) for line in lines] or [Text()]
