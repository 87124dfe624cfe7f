"""What the benchmark knows of an emulator."""

from collections.abc import Callable
from dataclasses import dataclass

from troposphere import Template

from sandbox.process.state_file import Sandbox


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """An emulator that the stack can be deployed to.

    Attributes:
        setup: how it is set up, in one or two sentences, for readers of the numbers.
        most_tasks: how many tasks it is measured with at most; None for as many as the others.
        install: makes it possible to start it, if need be.
        start: starts it on a port of 127.0.0.1 and returns when its health page answers, with a record of it
            by which `lifecycle.stop` ends it. Whatever ends it early leaves no process.
        adapt: takes from the stack what it cannot deploy; `setup` says what that is.
    """

    name: str
    title: str
    version: str
    setup: str
    most_tasks: int | None = None
    install: Callable[[], None] = lambda: None
    start: Callable[[int], Sandbox]
    adapt: Callable[[Template], None] = lambda _: None
