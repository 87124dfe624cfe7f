"""Rendering of a dashboard as tables and sparklines."""

from collections.abc import Iterator, Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from faultline.cli.listing import Listing
from faultline.cli.sparkline import sparkline
from faultline.operations.dashboards.board import Board, Graph, Line

ADDITIVE = ("Sum", "SampleCount")
"""Statistics whose values can be added up over periods."""
GRAPH_WIDTH = 68
COLORS = {"OK": "green", "ALARM": "bold red", "INSUFFICIENT_DATA": "dim"}


def drawing(board: Board, *, framed: bool = True) -> RenderableType:
    """Render the states of the alarms, and each graph as a table.

    Args:
        board: The dashboard with its data.
        framed: Whether to draw frames, with as many graphs side by side as fit; otherwise the graphs follow
            one another.
    """
    minutes = board.period // 60
    heading = Text.assemble(
        (board.name, "bold"), f"  since {board.start:%Y-%m-%d %H:%M} UTC, a bar is {minutes} min"
    )
    states = _states(board.alarms)
    if not framed:
        return Group(heading, *states, *(part for graph in board.graphs for part in _plain(graph)))
    panels = Columns([_panel(graph) for graph in board.graphs], width=GRAPH_WIDTH, padding=(0, 1))
    return Group(heading, *states, panels)


def number(value: float | None) -> str:
    """Format a number for a narrow column: `0.25`, `12.3`, `1,234`, `1.2M`."""
    if value is None:
        return ""
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:.1f}M"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _states(alarms: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """Yield a line with the number of alarms by state, and a line for each firing alarm."""
    if not alarms:
        return
    counts = {state: sum(each == state for _, each in alarms) for state in COLORS}
    yield Text("  ").join(
        Text(f"{count} {state}", style=COLORS[state]) for state, count in counts.items() if count
    )
    for name, state in alarms:
        if state == "ALARM":
            yield Text(f"  {name}", style=COLORS[state])


def _panel(graph: Graph) -> Panel:
    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("", overflow="fold", ratio=1)
    table.add_column("", no_wrap=True)
    for name in ("last", "most", "sum"):
        table.add_column(Text(name, style="dim"), justify="right", min_width=5)
    for line in graph.lines:
        table.add_row(Text(line.label), Text(sparkline(line.values), style="cyan"), *_numbers(line))
    return Panel(table, title=Text(_title(graph)), title_align="left", border_style="dim")


def _plain(graph: Graph) -> Iterator[RenderableType]:
    table = Listing("line", "data", "last", "most", "sum", right=("last", "most", "sum"))
    for line in graph.lines:
        table.add(line.label, sparkline(line.values), *_numbers(line))
    yield Text(f"\n{_title(graph)}")
    yield table


def _title(graph: Graph) -> str:
    return f"{graph.title} ({graph.unit})" if graph.unit else graph.title


def _numbers(line: Line) -> tuple[str, str, str]:
    """Format the last value, the highest, and the sum if values can be added; empty if unknown."""
    known = [value for value in line.values if value is not None]
    if not known:
        return "", "", ""
    return number(known[-1]), number(max(known)), number(sum(known)) if line.stat in ADDITIVE else ""
