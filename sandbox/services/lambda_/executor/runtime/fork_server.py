"""A process that has imported an artifact's libraries, and forks an execution environment per order.

The functions then share its memory until they write to it, and a cold start need not import. Orders arrive
through one socket, each with a control socket for its process, which carries:

    the process id, from the process once it leads its session; or the reason for a refusal;
    the status as reported by `subprocess`, once the process has ended. It is then a zombie, so its id is
    not reused;
    the end of the connection, upon which the process is reaped, or killed if it has not ended.

Everything therefore ends with LocalStack, whose end closes all connections.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

from sandbox.services.lambda_.executor.runtime import bytecode, shared_botocore, shared_objects
from sandbox.services.lambda_.executor.runtime.interpreter import die_with
from sandbox.services.lambda_.executor.runtime.libraries import Imports, Unfit, import_libraries

MAX_ORDER_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Order:
    """A process to fork."""

    task_root: str
    handler: str
    environment: dict[str, str]


def run(task_root: str, runtime_root: str, *, requests_fd: int, left_out: list[str]) -> Order | None:
    """Import the libraries and serve orders.

    Returns:
        In each forked process its order, for the caller to carry out. In this process None, once there are no
        more orders and all processes have ended.
    """
    environment = dict(os.environ)
    requests = socket.socket(fileno=requests_fd)
    gc.disable()  # until everything is forked: a collection writes to every object
    try:
        imports = import_libraries(task_root, runtime_root, left_out)
    except Unfit as unfit:
        requests.send(str(unfit).encode())
        os.execve(sys.executable, [*sys.orig_argv, unfit.library], environment)  # noqa: S606
    shared_botocore.share(imports.services)
    bytecode.share(imports.own)
    shared_objects.share()
    gc.freeze()
    sys.stdout.flush()
    sys.stderr.flush()
    order = _Server(requests, imports).serve()
    if order:
        _enter(order)
    return order


def _enter(order: Order) -> None:
    gc.enable()
    os.environ.clear()
    os.environ.update(order.environment)
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX")
    sys.path[0] = order.task_root
    os.chdir(order.task_root)
    if numpy_random := sys.modules.get("numpy.random"):  # Python's own module reseeds itself
        numpy_random.seed()


@dataclass
class _Forked:
    """A forked process; it is reaped once it is both `ended` and `unwanted`."""

    pid: int
    pidfd: int
    control: socket.socket
    ended: bool = False
    unwanted: bool = False


class _Server:
    def __init__(self, requests: socket.socket, imports: Imports) -> None:
        self._pid = os.getpid()
        self._requests = requests
        self._imports = imports
        self._forked: list[_Forked] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)

    def serve(self) -> Order | None:
        while self._selector.get_map():
            for key, _ in self._selector.select():
                forked: _Forked | None = key.data
                if forked is None:
                    if order := self._receive():
                        return order
                elif key.fileobj is forked.control:
                    self._dismiss(forked)
                else:
                    self._report(forked)
        return None

    def _receive(self) -> Order | None:
        """Take an order, and return it in the process forked for it; return None in this process."""
        data, descriptors, *_ = socket.recv_fds(self._requests, MAX_ORDER_BYTES, 2)
        if not data:
            self._selector.unregister(self._requests)
            return None
        if len(descriptors) < 2:  # too many files are open here; LocalStack notices that these were closed
            for descriptor in descriptors:
                os.close(descriptor)
            return None
        control, output = socket.socket(fileno=descriptors[0]), descriptors[1]
        order = Order(**json.loads(data))
        refusal = None
        if name := self._imports.differing(order.environment):
            refusal = f"{name} has changed since the libraries were imported"
        else:
            try:
                pid = os.fork()
            except OSError as error:
                refusal = f"fork: {error}"
            else:
                if pid == 0:
                    self._become(order, control, output)
                    return order
                self._watch(pid, control)
        os.close(output)
        if refusal:
            with suppress(OSError):
                control.send(refusal.encode())
            control.close()
        return None

    def _become(self, order: Order, control: socket.socket, output: int) -> None:
        """Become a separate process. None of the server's descriptors stay open."""
        os.setsid()
        die_with(self._pid)
        self._selector.close()
        self._requests.close()
        for other in self._forked:
            other.control.close()
            if not other.ended:
                os.close(other.pidfd)
        for standard in (1, 2):
            os.dup2(output, standard)
        order.environment["_LAMBDA_TELEMETRY_LOG_FD"] = str(output)
        try:
            control.send(str(os.getpid()).encode())
        except OSError:  # LocalStack has waited long enough, and has started another process
            os._exit(1)
        control.close()

    def _watch(self, pid: int, control: socket.socket) -> None:
        try:
            forked = _Forked(pid, os.pidfd_open(pid), control)
        except OSError:
            control.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        self._forked.append(forked)
        self._selector.register(forked.control, selectors.EVENT_READ, forked)
        self._selector.register(forked.pidfd, selectors.EVENT_READ, forked)

    def _report(self, forked: _Forked) -> None:
        """Report the status of a process that has ended."""
        self._selector.unregister(forked.pidfd)
        os.close(forked.pidfd)
        forked.ended = True
        found = os.waitid(os.P_PID, forked.pid, os.WEXITED | os.WNOWAIT)
        assert found is not None
        status = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
        with suppress(OSError):
            forked.control.send(str(status).encode())
        self._reap(forked)

    def _dismiss(self, forked: _Forked) -> None:
        """Kill a process whose control connection has been closed by LocalStack or by its end."""
        self._selector.unregister(forked.control)
        forked.control.close()
        forked.unwanted = True
        if not forked.ended:
            with suppress(ProcessLookupError):
                os.killpg(forked.pid, signal.SIGKILL)
            os.kill(forked.pid, signal.SIGKILL)  # it may not lead its group yet
        self._reap(forked)

    def _reap(self, forked: _Forked) -> None:
        if forked.ended and forked.unwanted:
            os.waitpid(forked.pid, 0)
            self._forked.remove(forked)
