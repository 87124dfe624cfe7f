"""Forking of execution environments where it is safe, instead of starting an interpreter for each."""

import sys

from sandbox.services.lambda_.executor import launch


def install() -> None:
    """Fork environments from now on.

    This does nothing on macOS, whose system libraries start threads of their own and crash in a fork:
    https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
    """
    if sys.platform == "linux":
        from sandbox.services.lambda_.executor.fork_servers import ForkServers

        launch.launch_with(ForkServers())
