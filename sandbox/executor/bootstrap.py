"""The first code of a function process, as /var/runtime/bootstrap is on AWS.

Run by the base interpreter with `-S -s -P`: bootstrap.py PARENT_PID TASK_ROOT RUNTIME_ROOT HANDLER.
It imports nothing of the sandbox, and so the function can import nothing of it either.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def _die_with(parent: int) -> None:
    """On Linux, have the kernel kill this process when the thread that spawned it ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


if __name__ == "__main__":
    parent, task_root, runtime_root, handler = sys.argv[1:]
    _die_with(int(parent))
    # As on AWS: the function's own modules win over the runtime's and the standard library's.
    sys.path[:0] = [task_root, runtime_root]
    sys.argv = [os.path.join(runtime_root, "bootstrap"), handler]

    from awslambdaric.__main__ import main  # type: ignore[import-untyped]

    main(sys.argv)
