"""Drawing a dashboard's data in the terminal."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from faultline.cli.dashboard.drawing import drawing, number
from faultline.operations.dashboards.board import Board, Graph, Line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0"),
        (3.0, "3"),
        (0.256, "0.256"),
        (12.34, "12.3"),
        (123.4, "123"),
        (12345, "12,345"),
        (1_250_000, "1.2M"),
    ],
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    assert number(value) == shown


def a_board() -> Board:
    return Board(
        name="faultline-dev-tasks",
        start=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        period=180,
        alarms=[("faultline-dev-dead-letters", "ALARM"), ("faultline-dev-api-errors", "OK")],
        graphs=[
            Graph(
                title="Tasks",
                unit="tasks",
                lines=[Line(label="[accepted]", stat="Sum", values=[1, None, 7])],
            ),
            Graph(title="Age", unit="", lines=[Line(label="oldest", stat="Maximum", values=[5, 4])]),
        ],
    )


def test_a_dashboard_says_what_it_shows() -> None:
    """A dashboard shows its alarms, active ones by name, and its graphs' lines, with totals of sums."""
    board = a_board()
    console = Console(width=80, record=True)
    with console.capture() as captured:
        console.print(drawing(board))
    text = captured.get()
    assert "faultline-dev-tasks  since 2026-03-01 12:00 UTC, a bar is 3 min" in text
    assert "1 OK  1 ALARM" in text
    assert "  faultline-dev-dead-letters\n" in text
    assert "faultline-dev-api-errors" not in text
    assert "Tasks (tasks)" in text
    accepted, oldest = (
        next(each for each in text.splitlines() if name in each) for name in ("[accepted]", "oldest")
    )
    assert accepted.strip("│ ").split() == ["[accepted]", "▂·█", "7", "7", "8"]
    assert oldest.strip("│ ").split() == ["oldest", "█▇", "4", "5"]


def test_in_a_pipe_each_line_of_a_graph_is_one_line_without_a_frame() -> None:
    console = Console(width=1_000_000)
    with console.capture() as captured:
        console.print(drawing(a_board(), framed=False), soft_wrap=True)
    lines = captured.get().splitlines()
    assert "[accepted]  ▂·█      7     7    8" in lines
    assert "Tasks (tasks)" in lines
    assert not set("╭│╰─") & set("".join(lines))
