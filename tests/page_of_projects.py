"""The steps of docs/extending.md, which tests follow on the machine itself and in a container."""

import re
from pathlib import Path

from tests.documents import Block, blocks

PAGE = "docs/extending.md"
IN_A_CONTAINER = "docker run "
"""Start of the first command in the page's part about containers."""
SECRET = "the-colour-department"


def parts() -> tuple[list[Block], list[Block]]:
    """Return the blocks before the page's part about containers, and that part's block of commands."""
    found = blocks(PAGE)
    [number] = [n for n, block in enumerate(found) if block.text.startswith(f"$ {IN_A_CONTAINER}")]
    return found[:number], found[number : number + 1]


def write(folder: Path, text: str) -> None:
    """Write a file shown on the page; its first line is a comment with its name."""
    first, _, rest = text.partition("\n")
    path = folder / first.removeprefix("# ")
    path.parent.mkdir(exist_ok=True)
    path.write_text(rest)


def repair(folder: Path, difference: str) -> None:
    """Replace a line of a kind's module as in a diff on the page."""
    [removed] = re.findall(r"(?m)^-(.*)$", difference)
    [added] = re.findall(r"(?m)^\+(.*)$", difference)
    path = next(path for path in (folder / "tasks").glob("*.py") if removed in path.read_text())
    path.write_text(path.read_text().replace(removed, added))


def commands(block: str) -> list[tuple[str, str]]:
    """Return the commands of a block, each with the output pasted below it."""
    parts = re.split(r"(?m)^\$ ", block)[1:]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


def missing(pasted: str, printed: str) -> list[str]:
    """Return the pasted lines that were not printed."""
    there = {plain(line) for line in printed.splitlines()}
    return [line for line in pasted.splitlines() if line.strip() and plain(line) not in there]


def plain(line: str) -> str:
    line = re.sub(r"/\S+/(?=my-tasks/)", "", line)
    line = re.sub(r"\d+", "0", line).replace("tasks", "task").replace("were", "was")
    return " ".join(line.split())
