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
    """Return a text in which `faultline` commands can be pasted into a shell.

    They are given the path of the command if it is not on PATH, as in a checkout whose environment is not
    active.
    """
    return _CALL.sub(lambda _: _program(), text)


def _program() -> str:
    here = Path(sys.executable).with_name("faultline")
    found = shutil.which("faultline")
    if not here.exists() or (found and os.path.samefile(found, here)):
        return "faultline"
    return shlex.quote(str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here))
