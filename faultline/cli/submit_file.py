"""`faultline submit --file`: submit tasks from a file, in batches."""

import hashlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import err, out, print_json, say
from faultline.client import CallFailed, Client
from faultline.client.batches import MAX_BATCH_BYTES
from lambdas.domain import strict_json
from lambdas.domain.batch import MAX_TASKS

_DESCRIPTORS = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))
"""Folders of open files, such as `/dev/stdin`."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the file.

    Attributes:
        number: Number of the line; 1 is the first.
        size: Size of the line in bytes.
        task: Submission in the line, with an id; None if the line is invalid.
        is_named: Whether the line has an id of its own.
        fault: Reason why the line is invalid; otherwise empty.
    """

    number: int
    size: int
    task: dict[str, Any] | None = None
    is_named: bool = False
    fault: str = ""


def needs_name(path: Path) -> bool:
    """Return whether a run needs a name of its own, as the path may be that of other tasks the next time."""
    return path.parent in _DESCRIPTORS or (path.exists() and not path.is_file() and not path.is_dir())


def submit_file(client: Client, path: Path, name: str | None, *, in_json: bool) -> None:
    """Submit the tasks of a file in order, and print the lines that are refused.

    A task without an id gets one from the name of the run, the number of the line and its text. A repeated
    run, after an interruption or with lines appended, therefore submits nothing twice. For the case that it
    was meant to be another run, as of an equal file in another folder, it says how to submit the lines again.
    Such a run looks like one whose own requests were repeated, since their responses were lost.

    Args:
        client: Client of the API.
        path: File with a submission in each line, in the form of `POST /tasks`.
        name: Name of the run; None for the file's name. Under another name everything is submitted again.
        in_json: Whether to print the counts as JSON.

    Raises:
        CommandFailed: If lines are refused, or the API fails; the message says how many tasks were submitted.
        OSError: If the file cannot be read.
    """
    run, known = path.name if name is None else name, 0
    counts = Counter({"submitted": 0, "before": 0, "refused": 0})
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=err, transient=True, disable=not err.is_terminal,
    )  # fmt: skip
    with path.open("rb") as file, shown as progress:
        bar = progress.add_task("", total=path.stat().st_size)
        for chunk in _chunks(_lines(file, run)):
            try:
                known += _submit(client, chunk, counts)
            except CallFailed as error:
                raise CommandFailed(
                    f"{error} ({_described(counts)} before line {chunk[0].number}; "
                    "to continue there, repeat the command)"
                ) from error
            progress.update(
                bar, advance=sum(line.size for line in chunk), description=f"{counts.total():,} lines"
            )
    if in_json:
        print_json(dict(counts))
    else:
        out.print(_described(counts))
    if known:
        say(
            f"{known:,} {'line' if known == 1 else 'lines'} had been submitted already, by a run {run!r} or "
            "a repeated request; only if this was meant to be another run: --name ANOTHER"
        )
    if counts["refused"]:
        raise CommandFailed(f"{counts['refused']:,} of {counts.total():,} lines were refused")


def _lines(file: Iterable[bytes], name: str) -> Iterator[Line]:
    """Parse the lines that are not empty, assigning ids where they are missing."""
    for number, text in enumerate(file, start=1):
        line = (text.removeprefix(BOM_UTF8) if number == 1 else text).strip()
        if not line:
            continue
        try:
            task = strict_json.loads(line)
        except strict_json.InvalidJson as error:
            yield Line(number=number, size=len(text), fault=f"is not JSON: {error}")
            continue
        if not isinstance(task, dict):
            yield Line(number=number, size=len(text), fault="is not a JSON object")
            continue
        is_named = task.get("taskId") is not None
        if not is_named:
            task["taskId"] = f"line-{_digest([name.encode(), str(number).encode(), line])}"
        yield Line(number=number, size=len(text), task=task, is_named=is_named)


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield lines in chunks that fit into a batch."""
    chunk: list[Line] = []
    room = MAX_BATCH_BYTES
    for line in lines:
        if chunk and (len(chunk) == MAX_TASKS or line.size > room):
            yield chunk
            chunk, room = [], MAX_BATCH_BYTES
        chunk.append(line)
        room -= line.size
    if chunk:
        yield chunk


def _submit(client: Client, chunk: Sequence[Line], counts: Counter[str]) -> int:
    """Submit the valid lines of a chunk as one batch; print refused lines, and count all outcomes.

    Returns:
        Number of lines without an id of their own that were submitted before.
    """
    tasks = [line.task for line in chunk if line.task is not None]
    # The id depends on the lines, so the same lines are the same batch.
    batch_id = f"lines-{_digest(strict_json.dumps(task).encode() for task in tasks)}"
    known = 0
    results = iter(client.submit_bodies(batch_id, tasks) if tasks else ())
    for line in chunk:
        result = None if line.task is None else next(results)
        fault = line.fault if result is None else result.problem
        if fault:
            say(f"line {line.number}: {fault}")
            counts["refused"] += 1
        elif result and result.created:
            counts["submitted"] += 1
        else:
            counts["before"] += 1
            known += not line.is_named
    return known


def _described(counts: Counter[str]) -> str:
    before = f", {counts['before']:,} already existed" if counts["before"] else ""
    return f"{counts['submitted']:,} submitted{before}, {counts['refused']:,} refused"


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()[:32]
