"""Tracebacks of failed attempts, shortened and with private data masked."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import FunctionType
from typing import Any

from lambdas.domain.hidden_texts import without_hidden
from lambdas.telemetry.masking import masked

MAX_TRACEBACK_BYTES = 8 * 1024
_MAX_MESSAGE_CHARACTERS = 1000
_MAX_EXCEPTIONS = 8
_LIBRARY = Path(__file__).resolve().parents[1]
_INTERRUPTER = _LIBRARY / "work" / "time_limit.py"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_MEMBER = "\nThe above exception is in the following group:\n\n"
_CUT = "[...]\n"


def traceback_of(error: BaseException, perform: Any = None) -> str | None:
    """Format the traceback of an error in at most MAX_TRACEBACK_BYTES, with private data masked.

    The text begins with the first frame of the kind's own code. Frames of Faultline are omitted, unless the
    error occurred there; if the text is too long, frames of libraries are omitted, too.

    Args:
        error: The caught error.
        perform: The function of the kind of work; None if unknown.

    Returns:
        The text; None if the exception cannot be formatted because its own methods raise.
    """
    with suppress(Exception):
        own = _own_folder(perform)
        text = _text(error, own, with_libraries=True)
        if len(text.encode()) > MAX_TRACEBACK_BYTES:
            text = _text(error, own, with_libraries=False)
        return _cut(text)
    return None


def _text(error: BaseException, own: Path | None, *, with_libraries: bool) -> str:
    """Format an error with its causes, and mask the whole text."""
    found = TracebackException.from_exception(error, compact=True)
    room = iter(range(_MAX_EXCEPTIONS))
    pieces = [*_formatted(found, own, room, with_libraries=with_libraries)]
    return str(masked("".join(reversed(pieces)).encode(errors="replace").decode()))


def _formatted(
    found: TracebackException, own: Path | None, room: Iterator[int], *, with_libraries: bool
) -> Iterator[str]:
    """Yield the parts of a traceback, starting with the last exception.

    Args:
        found: The last exception.
        own: See `_own_folder`.
        room: Iterator with an element for each exception that may still be shown.
        with_libraries: Whether frames of libraries are shown.
    """
    for _ in room:
        what = without_hidden("".join(found.format_exception_only()))  # before it is cut
        yield what if len(what) <= _MAX_MESSAGE_CHARACTERS else what[:_MAX_MESSAGE_CHARACTERS] + "...\n"
        frames = _shown(found, own)
        if not with_libraries and own is not None:
            frames = [frame for frame in frames if _is_in(frame, own)] or frames[-1:]
        if frames:
            yield "Traceback (most recent call last):\n" + "".join(
                StackSummary.from_list([_with_short_name(frame) for frame in frames]).format()
            )
        members = [
            [*_formatted(each, own, room, with_libraries=with_libraries)] for each in found.exceptions or ()
        ]
        for member in reversed(members):
            yield from (_MEMBER, *member) if member else ()
        if found.__cause__ is not None:
            found = found.__cause__
            yield _CAUSE
        elif found.__context__ is not None and not found.__suppress_context__:
            found = found.__context__
            yield _CONTEXT
        else:
            return


def _shown(found: TracebackException, own: Path | None) -> list[FrameSummary]:
    """Return the frames from the first one in the code of the kind of work, else from the last in Faultline.

    Return no frames if Faultline itself raised the error in response to another: they would say nothing.
    """
    stack = [frame for frame in found.stack if not _is_in(frame, _INTERRUPTER)]
    if own is not None:
        for number, frame in enumerate(stack):
            if _is_in(frame, own):
                return stack[number:]
        if found.__cause__ is not None:
            return []
    library = [number for number, frame in enumerate(stack) if _is_in(frame, _LIBRARY)]
    return stack[library[-1] :] if library else stack


def _with_short_name(frame: FrameSummary) -> FrameSummary:
    """Return a frame with the path of its file relative to the import root, such as `tasks/resize.py`."""
    _ = frame.line  # read now, as this needs the full file name, and cached
    path = Path(frame.filename)
    for module in [*sys.modules.values()]:
        if getattr(module, "__file__", None) == frame.filename and module.__name__ != "__main__":
            depth = module.__name__.count(".") + 1 + (path.stem == "__init__")
            frame.filename = "/".join(path.parts[-depth:])
            break
    return frame


def _is_in(frame: FrameSummary, folder: Path) -> bool:
    return folder in (path := Path(frame.filename)).parents or folder == path


def _own_folder(perform: Any) -> Path | None:
    """Return the folder of a kind's package, or the file of its module; None without a Python function."""
    function = inspect.unwrap(perform) if perform is not None else None
    if not isinstance(function, FunctionType):
        return None
    file = Path(function.__code__.co_filename)
    if _LIBRARY in file.resolve().parents:
        return file.parent
    packages = function.__module__.count(".")
    return file.parents[packages - 1] if packages else file


def _cut(text: str) -> str:
    """Shorten a text in the middle, since it begins with the kind's own frames and ends with the error."""
    written = text.encode()
    if len(written) <= MAX_TRACEBACK_BYTES:
        return text
    end = written[-2 * _MAX_MESSAGE_CHARACTERS :].decode(errors="ignore")
    room = MAX_TRACEBACK_BYTES - len(end.encode()) - len(_CUT) - 1
    return written[:room].decode(errors="ignore").rpartition("\n")[0] + "\n" + _CUT + end
