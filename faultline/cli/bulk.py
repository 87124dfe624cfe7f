"""Shared flow of commands that change many tasks: preview, confirmation, progress and summary."""

import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar

from faultline.cli import display
from faultline.cli.command_failure import CommandFailed
from faultline.cli.confirmation import can_ask, confirm
from faultline.client.errors import ApiUnreachable
from faultline.operations.bulk import Call, Progress, preview, repeat
from faultline.operations.errors import OperationFailed

MAX_FAILURES_SHOWN = 20

_BOUNDS = {"submittedBefore": "--submitted-before", "diedBefore": "--died-before"}
"""Options that continue an interrupted command, by the field of the filter that each of them sets."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count the tasks, and show a few of them.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Maximum number of tasks to change.")]
Unasked = Annotated[
    bool, typer.Option("--yes", help="Do not ask before changing many tasks, or a stage on AWS.")
]


@dataclass(frozen=True, kw_only=True)
class BulkChange:
    """A change to many tasks.

    Attributes:
        call: Function that makes the call to the API.
        request: Body of the request, without `limit`.
        verb: Infinitive for messages, such as `redrive`.
        done: Participle for messages, such as `redriven`.
        pause_seconds: Pause between two calls.
    """

    call: Call
    request: dict[str, Any]
    verb: str
    done: str
    pause_seconds: float = 0.0


def run(change: BulkChange, *, dry_run: bool, limit: int | None, yes: bool, as_json: bool) -> None:
    """Change many tasks according to a command's options, and print a summary.

    Raises:
        CommandFailed: If the change is not confirmed or is interrupted, or some tasks cannot be changed.
        ApiUnreachable, OperationFailed: If the preview fails; no task has been changed.
    """
    found = preview(change.call, change.request)
    if dry_run:
        _show_preview(found, as_json=as_json)
        return
    if can_ask() and not yes and (found["matched"] or found["more"]):
        _show_preview(found, as_json=False)
        confirm(f"{change.verb} {_extent(found, limit)}?")
    # The filter includes the time of the preview, so tasks that fail again from now on are not changed.
    progress = Progress(filter=found["filter"])
    _repeat(change, found, progress, limit)
    _show_end(change, progress, as_json=as_json)
    if progress.failed:
        raise CommandFailed(f"{len(progress.failed)} could not be {change.done}")


def _repeat(change: BulkChange, found: dict[str, Any], progress: Progress, limit: int | None) -> None:
    request = {name: value for name, value in change.request.items() if name != "filter"}
    columns = (TextColumn(change.done), BarColumn(), MofNCompleteColumn())
    most = found["matched"] if limit is None else min(limit, found["matched"])
    with ProgressBar(
        *columns, console=display.err, transient=True, disable=not display.err.is_terminal
    ) as bar:
        shown = bar.add_task(change.verb, total=None if found["more"] else most)
        try:
            repeat(
                change.call,
                request,
                progress,
                limit=limit,
                pause_seconds=change.pause_seconds,
                tell=lambda now: bar.update(shown, completed=now.done + len(now.failed)),
            )
        except KeyboardInterrupt:
            raise CommandFailed(_how_to_go_on(change, progress, limit, "interrupted")) from None
        except (OperationFailed, ApiUnreachable) as error:
            raise CommandFailed(_how_to_go_on(change, progress, limit, str(error))) from error


def _how_to_go_on(change: BulkChange, progress: Progress, limit: int | None, what_happened: str) -> str:
    """Describe an incomplete change, with the command for the rest of it, if anything is left."""
    happened = f"{what_happened.removesuffix('.')}; {progress.done} {change.done}"
    if progress.perhaps:
        happened += f", and up to {progress.perhaps} more may have been"
    if not progress.more or progress.done == limit:
        return happened
    words = sys.argv[1:]
    for name, option in _BOUNDS.items():
        given = any(word == option or word.startswith(f"{option}=") for word in words)
        if name in progress.filter and not given:
            words = [*words, option, progress.filter[name]]
    if limit is not None:
        words = [*_without("--limit", words), "--limit", str(limit - progress.done)]
    condition = " if they were not" if progress.perhaps else ""
    return f"{happened}; to continue{condition}: {shlex.join(['faultline', *words])}"


def _without(option: str, words: Iterable[str]) -> Iterator[str]:
    """Yield the words of a command without an option and its value."""
    rest = iter(words)
    for word in rest:
        if word == option:
            next(rest, None)
        elif not word.startswith(f"{option}="):
            yield word


def _extent(found: dict[str, Any], limit: int | None) -> str:
    """Describe the tasks that a change is for, given a dry run, which may not have examined all of them."""
    if _is_unknown(found):
        return "all matching tasks" if limit is None else f"at most {limit:,} of the matching tasks"
    return _number(found) if limit is None else f"at most {limit:,} of {_number(found)}"


def _number(found: dict[str, Any]) -> str:
    if _is_unknown(found):
        return "none of the tasks examined so far matches; others may"
    number = f"{found['matched']:,}" + (" or more" if found["more"] else "")
    return f"{number} task{'' if number == '1' else 's'}"


def _is_unknown(found: dict[str, Any]) -> bool:
    """Return whether a dry run ended before it found a matching task."""
    return not found["matched"] and found["more"]


def _show_preview(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        display.print_json({name: found[name] for name in ("matched", "more", "filter", "sample")})
        return
    display.err.print(f"{_number(found)}{', for example:' if found['sample'] else ''}")
    if found["sample"]:
        display.err.print(display.task_table(found["sample"]))


def _show_end(change: BulkChange, progress: Progress, *, as_json: bool) -> None:
    if as_json:
        display.print_json({change.done: progress.done, "failed": progress.failed, "more": progress.more})
        return
    display.out.print(f"{progress.done} {change.done}" + (", more remain" if progress.more else ""))
    for each in progress.failed[:MAX_FAILURES_SHOWN]:
        problem = each["problem"]
        fields = "; ".join(f"{error['field']}: {error['message']}" for error in problem["errors"])
        display.out.print(f"{each['taskId']}: {problem['detail']}{f' ({fields})' if fields else ''}")
    if len(progress.failed) > MAX_FAILURES_SHOWN:
        display.out.print(f"and {len(progress.failed) - MAX_FAILURES_SHOWN} more; --json has them all")
