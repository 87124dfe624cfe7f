"""Sparklines for the terminal."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_NO_DATA = "·"


def sparkline(values: Sequence[float | None]) -> str:
    """Draw a bar for each value, scaled from 0 to the highest value; a dot stands for missing data.

    Any value above zero is higher than zero's bar.

    >>> sparkline([0, 1, None, 8])
    '▁▂·█'
    """
    top = max((value for value in values if value is not None), default=0)
    return "".join(_NO_DATA if value is None else _BARS[_height(value, top)] for value in values)


def _height(value: float, top: float) -> int:
    if value <= 0 or top <= 0:
        return 0
    return max(1, round(value / top * (len(_BARS) - 1)))
