"""A server that runs Python programs in forks of a process that has imported the libraries.

It reads a program with its folder, environment and files as a line of JSON, and prints its exit status. If it
is given a terminal instead of files, it first prints the program's process id.
"""

import fcntl
import gc
import json
import os
import signal
import sys
import termios

# The command's libraries, except those that a test checks are not imported. Programs import our own modules
# themselves, because some of these read the environment.
import boto3  # noqa: F401
import httpx  # noqa: F401
import psutil  # noqa: F401
import pydantic_settings  # noqa: F401
import rich.table  # noqa: F401
import typer.main  # noqa: F401

LONGEST_SECONDS = 600


def next_program() -> dict[str, str]:
    """Fork for each line, and return its program in the child. The server ends with its input."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            program: dict[str, str] = json.loads(line)
            return program
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
    os._exit(0)


gc.freeze()
program = next_program()
signal.alarm(LONGEST_SECONDS)  # Ends the process in any case.
os.chdir(program["folder"])
os.environ.clear()
os.environ.update(json.loads(program["environment"]))
if terminal := program["terminal"]:
    os.setsid()
    opened = os.open(terminal, os.O_RDWR)
    fcntl.ioctl(opened, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
    print(os.getpid(), flush=True)  # noqa: T201
for descriptor, path in enumerate((terminal or os.devnull, program["stdout"], program["stderr"])):
    os.dup2(os.open(path, os.O_RDWR), descriptor)
if terminal:
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
sys.path[0] = program["folder"]
exec(compile(program["code"], "<string>", "exec"), {"__name__": "__main__"})
