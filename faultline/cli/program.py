"""The name of this command, as people can paste it."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from faultline.cli.commands import COMMANDS

_CALL = re.compile(rf"(?<![\w/.-])faultline(?= (?:{'|'.join(COMMANDS)})\b)")


def pasteable(text: str) -> str:
    """Return a text whose calls of `faultline` work in the shell of the person who reads it.

    Where the command is not on PATH, as in a checkout whose environment is not active, they have its path.
    """
    return _CALL.sub(lambda _: _program(), text)


def _program() -> str:
    here = Path(sys.executable).with_name("faultline")
    found = shutil.which("faultline")
    if not here.exists() or (found and os.path.samefile(found, here)):
        return "faultline"
    return shlex.quote(str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here))
