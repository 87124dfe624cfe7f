"""The name of this command for use in a shell."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from faultline.cli.commands import COMMANDS

_CALL = re.compile(rf"(?<![\w/.-])faultline(?= (?:{'|'.join(COMMANDS)})\b)")


def pasteable(text: str) -> str:
    """Make the `faultline` commands in a text suitable for pasting into a shell.

    If the command is not on PATH, as in a checkout whose environment is not active, its path is added.
    """
    return _CALL.sub(lambda _: _program(), text)


def _program() -> str:
    here = Path(sys.executable).with_name("faultline")
    found = shutil.which("faultline")
    if not here.exists() or (found and os.path.samefile(found, here)):
        return "faultline"
    return shlex.quote(str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here))
