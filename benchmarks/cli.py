"""The options and the exit status of `scripts/bench`.

Exit status: 0 for success, 1 for a failure, 2 for wrong usage. Progress goes to standard error, results to
standard output and a file.
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
from benchmarks.results import Results, read
from benchmarks.run import run
from benchmarks.table import screen, tasks_measured
from faultline.cli.display import out, print_json
from infra.errors import InfraError
from sandbox.process.errors import SandboxError

_ROOT = Path(__file__).resolve().parents[1]
_OUTPUT = _ROOT / "build" / "bench" / "results.json"
_INTERRUPTED = 130
"""The exit status that typer turns a KeyboardInterrupt into."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def bench(
    only: Annotated[str, typer.Option(help="The emulators to measure, in this order.")] = ",".join(EMULATORS),
    tasks: Annotated[int, typer.Option(min=1, help="The number of tasks for throughput.")] = Plan.tasks,
    rounds: Annotated[
        int, typer.Option(min=1, help="The number of rounds; results are medians.")
    ] = Plan.rounds,
    idle_seconds: Annotated[
        float, typer.Option(min=0.1, help="How long to watch an idle emulator.")
    ] = Plan.idle_seconds,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Run every measure with few tasks, to check that all of them work."),
    ] = False,
    output: Annotated[Path, typer.Option(help="The file for the results; plots go beside it.")] = _OUTPUT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            help="Instead of measuring, write the results in --output into this document, between its "
            "markers, and the plots into a folder of the same name.",
        ),
    ] = None,
) -> None:
    """Compare the sandbox with other emulators, on the same stack and functions."""
    if write:
        _write(read(output), write)
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


def _write(results: Results, file: Path) -> None:
    """Write results into a document, and plots into the folder of the same name beside it."""
    drawn = plots.draw(results)
    folder = file.with_suffix("")
    document.insert(file, document.section(results, [f"{folder.name}/{name}" for name in drawn]))
    plots.write(drawn, folder)


def main() -> NoReturn:
    """Run the command. Expected errors are printed as one line, without a traceback."""
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
