"""A decorator that lets a page have a single dialog at a time."""

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate

from faultline.console.frame import Frame

_DOUBLE_CLICK_SECONDS = 1.0


def one_at_a_time[**P, T](
    ask: Callable[Concatenate[Frame, P], Awaitable[T]],
) -> Callable[Concatenate[Frame, P], Awaitable[T | None]]:
    """Decorator for a function with a dialog, which returns None at once if another one is open or prepared.

    The second click of a double click on a button would otherwise open the same dialog again. It is ignored
    without a word, other than a click on another button while a dialog is being prepared.
    """

    @wraps(ask)
    async def asking(frame: Frame, /, *args: P.args, **options: P.kwargs) -> T | None:
        if frame.is_asking:
            if time.monotonic() - frame.asked_at > _DOUBLE_CLICK_SECONDS:
                frame.notify("Another action is being prepared.", is_bad=True)
            return None
        frame.is_asking, frame.asked_at = True, time.monotonic()
        try:
            return await ask(frame, *args, **options)
        finally:
            frame.is_asking = False

    return asking
