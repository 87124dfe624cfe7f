"""Processor time for importing each function's handler from the artifact.

`.venv/bin/python -m benchmarks.imports` builds the artifact for Lambda on Linux, unpacks it as AWS does, and
prints for each function the median time over a few new processes. The times depend on the machine, so no test
asserts them.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.errors import BenchmarkFailed
from infra.deploy.packaging import build, lambda_platform
from infra.stack.functions import FUNCTIONS
from infra.stages import Architecture

_ROUNDS = 3
_IMPORT = """
import importlib, sys, time
sys.path.insert(0, sys.argv[1])
begun = time.process_time()
importlib.import_module(sys.argv[2])
print(time.process_time() - begun)
"""


def import_seconds(folder: Path, function: str) -> float:
    """Return the processor time in seconds of one import in a new process.

    /var/task is read-only on AWS (https://docs.aws.amazon.com/lambda/latest/dg/python-package.html), so the
    process writes no bytecode. It can import only the libraries of the artifact.

    Raises:
        BenchmarkFailed: The handler cannot be imported.
    """
    command = [sys.executable, "-I", "-S", "-B", "-c", _IMPORT, str(folder), f"lambdas.{function}.handler"]
    # As Lambda sets it; without it X-Ray's SDK makes two clients of its own:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    lambda_sets = {"AWS_DEFAULT_REGION": "us-east-1", "LAMBDA_TASK_ROOT": str(folder)}
    environment = {"PATH": os.defpath, **lambda_sets}
    done = subprocess.run(  # noqa: S603 - a command of our own
        command, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise BenchmarkFailed(f"{function} cannot be imported: {done.stderr.strip()}")
    return float(done.stdout)


def main() -> None:
    """Print each function's import time."""
    architecture: Architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(build(lambda_platform(architecture)).path) as archive:
            archive.extractall(folder)
        for function in FUNCTIONS:
            taken = statistics.median(import_seconds(Path(folder), function) for _ in range(_ROUNDS))
            print(f"{function:16} {taken:.3f} s")


if __name__ == "__main__":
    main()
