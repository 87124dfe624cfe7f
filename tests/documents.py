"""The fenced blocks of a Markdown document, for tests that check documents."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.eventually import DEADLINE_SECONDS

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(
    r"(?:<!-- Not run by a test: (?P<why_not>.+?) -->\n)?^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block.

    Attributes:
        info: The language that the opening fence names, such as `sh`.
        why_not: The reason why no test runs it, from a comment on the line before. None if there is none.
    """

    info: str
    text: str
    why_not: str | None


def blocks(document: str) -> list[Block]:
    """Return the fenced blocks of a document in their order.

    Args:
        document: Its path from the repository's root.
    """
    text = (ROOT / document).read_text()
    return [
        Block(info=found["info"], text=found["text"], why_not=found["why_not"])
        for found in _BLOCK.finditer(text)
    ]


def commands(document: str) -> list[str]:
    """Return the shell blocks of a document that a test must run."""
    return [block.text for block in blocks(document) if block.info == "sh" and block.why_not is None]


def run_as_pasted(script: str, environment: Mapping[str, str]) -> str:
    """Run a script in bash, with the `faultline` of this environment, and return its output."""
    script = script.replace(".venv/bin/faultline", str(Path(sys.executable).with_name("faultline")))
    done = subprocess.run(
        ["bash", "-euc", script],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
