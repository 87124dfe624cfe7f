"""`faultline dashboard`: options and output."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from faultline.cli.dashboard.drawing import drawing
from faultline.cli.display import out, print_json
from faultline.cli.options import Aws, Json, Port, Stage
from faultline.cli.stage_access import stage_access
from faultline.operations.dashboards.reading import read_board
from faultline.operations.durations import duration
from sandbox.process.lifecycle import DEFAULT_PORT

SHORT_NAMES = ("overview", "tasks", "errors", "performance")
_UNITS = "mhd"
_MAX_WINDOW = timedelta(days=15)
"""Longest window to show, for which CloudWatch keeps data points of one minute:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""


def dashboard(
    name: Annotated[str, typer.Argument(help=f"{', '.join(SHORT_NAMES)}; or a dashboard's full name.")],
    since: Annotated[str, typer.Option(help="Length of time to show: 30m, 3h, 2d.")] = "1h",
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    as_json: Json = False,
) -> None:
    """Draw a dashboard with its data from CloudWatch.

    A stage's own dashboards, such as errors, are drawn even if the stage does not have them in CloudWatch.
    """
    window = window_of(since)
    at = stage_access(stage_name, port, aws=aws)
    now = datetime.now(UTC)
    if name in SHORT_NAMES:
        full_name = at.settings.dashboard_name(name)
        board = read_board(at.session, full_name, window, now, stage=at.settings)
    else:
        board = read_board(at.session, name, window, now)
    if as_json:
        print_json(board.to_json())
    else:
        out.print(drawing(board, framed=out.is_terminal), soft_wrap=not out.is_terminal)


def window_of(text: str) -> timedelta:
    """Parse the window that a dashboard shows, such as `30m`, `3h` or `2d`.

    Raises:
        typer.BadParameter: If the text is not a duration, or the duration is zero or longer than 15 days.
    """
    window = duration(text, _UNITS)
    if window is None or not timedelta() < window <= _MAX_WINDOW:
        raise typer.BadParameter(
            f"--since must be a duration such as 30m, 3h or 2d, at most 15d, not {text!r}"
        )
    return window
