"""The description of an emulator."""

from collections.abc import Callable
from dataclasses import dataclass

from troposphere import Template

from sandbox.process.state_file import Sandbox


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """An emulator that the stack can be deployed to.

    Attributes:
        setup: The configuration in one or two sentences, for readers of the results.
        max_tasks: Maximum number of tasks in a measure; None for no limit.
        install: Installs the emulator unless it is installed.
        start: Starts the emulator on a port of 127.0.0.1, waits until its health page responds, and returns a
            record for `lifecycle.stop`. If the start fails, no process is left.
        adapt: Removes from the template the resources that the emulator cannot deploy; `setup` names them.
    """

    name: str
    title: str
    version: str
    setup: str
    max_tasks: int | None = None
    install: Callable[[], None] = lambda: None
    start: Callable[[int], Sandbox]
    adapt: Callable[[Template], None] = lambda _: None
