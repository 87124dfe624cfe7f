"""The command."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from faultline.cli.dashboard.drawing import drawing
from faultline.cli.display import out, print_json
from faultline.cli.options import Json, Port, Stage
from faultline.operations import target
from faultline.operations.dashboards.reading import read_board
from infra.stages import DEFAULT_STAGE, stage
from sandbox.process.lifecycle import DEFAULT_PORT

SHORT_NAMES = ("overview", "tasks", "errors", "performance")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=15)
"""CloudWatch keeps data points of a minute for so long:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""


def dashboard(
    name: Annotated[str, typer.Argument(help=f"{', '.join(SHORT_NAMES)}; or a dashboard's full name.")],
    since: Annotated[str, typer.Option(help="How far back: 30m, 3h, 2d.")] = "1h",
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """Draw a CloudWatch dashboard with its data."""
    window = duration(since)
    full_name = stage(stage_name).dashboard_name(name) if name in SHORT_NAMES else name
    board = read_board(target.find(port).session, full_name, window, datetime.now(UTC))
    if as_json:
        print_json(board.to_json())
    else:
        out.print(drawing(board))


def duration(text: str) -> timedelta:
    """`30m`, `3h` or `2d`. Raises BadParameter."""
    found = re.fullmatch(r"(\d{1,5})([mhd])", text)
    window = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < window <= _LONGEST:
        raise typer.BadParameter(f"--since {text!r} is no time such as 30m, 3h or 2d, of 15d at most")
    return window
