"""Bytecode in the functions' artifact, so that a cold start compiles nothing.

A function cannot write next to its code, so without bytecode each new environment compiles everything that it
imports, and initialization is billed:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html

The bytecode is of the unchecked kind, which Python uses without comparing it with its source (PEP 552), since
the artifact does not keep the times of files. All patch releases of a Python version share bytecode.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.errors import PackagingFailed

_TASK_ROOT = Path("/var/task")
"""The folder of a function's code: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""


def bytecode(folder: Path, *, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Compile a folder's modules and yield each bytecode file with its path in the folder.

    A separate process makes the result independent of the modules loaded in this one. Modules that do not
    compile (templates, or syntax of another Python version) are left out.

    Args:
        folder: The folder with the modules. Nothing is written to it.
        prefix: The folder's path in the artifact, for tracebacks.

    Raises:
        PackagingFailed: The compiler cannot be started.
    """
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-I", "-S", "-X", f"pycache_prefix={cache}", "-m", "compileall", "-qq"]
        command += ["--invalidation-mode", "unchecked-hash", "-s", str(folder)]
        command += ["-p", str(_TASK_ROOT / prefix), str(folder)]
        try:
            subprocess.run(command, check=False, env={})  # noqa: S603 # our own command
        except OSError as error:
            raise PackagingFailed(f"cannot start Python's compiler: {error}") from error
        # The compiler recreates the folder's whole path under the cache.
        compiled = Path(cache) / folder.relative_to(folder.anchor)
        for path in sorted(compiled.rglob("*.pyc")):
            inside = path.relative_to(compiled)
            yield (inside.parent / "__pycache__" / inside.name).as_posix(), path.read_bytes()
