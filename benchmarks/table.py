"""The results as a table, on the screen and in Markdown."""

from rich.table import Table

from benchmarks.figures import FIGURES
from benchmarks.results import REFERENCE, Results

_MISSING = "-"


def number(value: float | None) -> str:
    """Format a number with about three significant digits; `-` for None.

    >>> number(1234.5), number(12.34), number(0.1234)
    ('1,234', '12.3', '0.12')
    """
    if value is None:
        return _MISSING
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def tasks_measured(results: Results) -> str:
    """Return the numbers of tasks in the throughput measure: `1,000 on Faultline, 300 on LocalStack`."""
    counts = results.values("tasks")
    return ", ".join(f"{count:,.0f} on {results.emulators[name].title}" for name, count in counts.items())


def header(results: Results) -> list[str]:
    """Return the names of the columns."""
    others = [each.title for name, each in results.emulators.items() if name != REFERENCE]
    ratios = [f"{title} / Faultline" for title in others] if REFERENCE in results.emulators else []
    return ["", "unit", *(each.title for each in results.emulators.values()), *ratios, "best"]


def rows(results: Results) -> list[list[str]]:
    """Return the cells of a row for each figure that at least one emulator has."""
    found = []
    for figure in FIGURES:
        values = results.values(figure.key)
        if not values:
            continue
        ratios = results.ratios(figure.key).values() if REFERENCE in results.emulators else ()
        best = figure.best(values)
        found.append(
            [
                figure.label,
                figure.unit,
                *(number(values.get(name)) for name in results.emulators),
                *(_MISSING if ratio is None else f"{number(ratio)} ×" for ratio in ratios),  # noqa: RUF001
                results.emulators[best].title if best else _MISSING,
            ]
        )
    return found


def markdown(results: Results) -> str:
    """Return the table in Markdown, with numbers aligned to the right."""
    columns = header(results)
    alignment = ["---", "---", *["---:"] * (len(columns) - 3), "---"]
    lines = [columns, alignment, *rows(results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def screen(results: Results) -> Table:
    """Return the table for a terminal."""
    table = Table(box=None, pad_edge=False)
    columns = header(results)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if 2 <= index < len(columns) - 1 else "left")
    for row in rows(results):
        table.add_row(*row)
    return table
