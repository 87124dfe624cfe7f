"""`scripts/bench`: its options and its exit status.

0 measured, 1 failed, 2 wrong usage. Progress goes to standard error, results to standard output and a file.
"""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from typer.exceptions import TyperException

from benchmarks import document, plots
from benchmarks.emulators import EMULATORS
from benchmarks.errors import BenchmarkFailed
from benchmarks.plan import QUICK, Plan
from benchmarks.results import read
from benchmarks.run import run
from benchmarks.table import screen, tasks_measured
from faultline.cli.display import out, print_json
from infra.errors import InfraError
from sandbox.process.errors import SandboxError

_ROOT = Path(__file__).resolve().parents[1]
_OUTPUT = _ROOT / "build" / "bench" / "results.json"
_PICTURES = Path("docs", "benchmarks")
_INTERRUPTED = 130
"""What typer makes of a KeyboardInterrupt."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def bench(
    only: Annotated[str, typer.Option(help="Which emulators, in this order.")] = ",".join(EMULATORS),
    tasks: Annotated[int, typer.Option(min=1, help="How many tasks for throughput.")] = Plan.tasks,
    rounds: Annotated[int, typer.Option(min=1, help="How often; the median counts.")] = Plan.rounds,
    idle_seconds: Annotated[
        float, typer.Option(min=0.1, help="How long to watch it idle.")
    ] = Plan.idle_seconds,
    quick: Annotated[
        bool, typer.Option("--quick", help="Take every measure with a few tasks, to see that all work.")
    ] = False,
    output: Annotated[Path, typer.Option(help="Where the results go; plots go beside it.")] = _OUTPUT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    publish: Annotated[
        Path | None,
        typer.Option(
            "--readme", help="Measure nothing: put these results into README.md and docs/benchmarks."
        ),
    ] = None,
) -> None:
    """Measure the sandbox beside other emulators, with the same stack and the same functions."""
    if publish:
        _publish(publish)
        return
    names = only.split(",")
    if unknown := [name for name in names if name not in EMULATORS]:
        raise typer.BadParameter(f"unknown emulator {unknown[0]!r}; there are {', '.join(EMULATORS)}")
    plan = QUICK if quick else Plan(tasks=tasks, rounds=rounds, idle_seconds=idle_seconds)
    emulators = [EMULATORS[name] for name in dict.fromkeys(names)]
    results = run(emulators, plan, err, keep=lambda so_far: so_far.write(output))
    plots.write(plots.draw(results), output.parent / "plots")
    if as_json:
        print_json(results.to_json())
    else:
        out.print(screen(results))
        out.print(f"\nTasks for throughput: {tasks_measured(results)}.")
    err.print(f"results: {escape(str(output))}", soft_wrap=True)


def _publish(file: Path) -> None:
    results = read(file)
    drawn = plots.draw(results)
    pictures = [(_PICTURES / name).as_posix() for name in drawn]
    document.insert(_ROOT / "README.md", document.section(results, pictures))
    plots.write(drawn, _ROOT / _PICTURES)


def main() -> NoReturn:
    """Run the command; what a person can mend is one line, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        status = app(standalone_mode=False)
    except TyperException as error:
        err.print(escape(f"bench: {error.format_message()}"))
        sys.exit(2)
    except (BenchmarkFailed, SandboxError, InfraError, OSError) as error:
        err.print(escape(f"bench: {error}"))
        sys.exit(1)
    if status == _INTERRUPTED:
        err.print("bench: interrupted")
        sys.exit(1)
    sys.exit(status or 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
