"""The disturbances of a stack during a storm."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psutil

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from faultline.operations.faults import FaultClient
from sandbox.process import state_file
from sandbox.process.state_file import Sandbox
from tests.chaos.plan import STORM_SECONDS, Plan
from tests.e2e.stack import Stack
from tests.eventually import eventually

_BOOTSTRAP = "/executor/bootstrap.py"
"""Path suffix of the script that runs a function's process."""
_FORK_SERVER = "--serve"
"""Option of the process that forks functions. Its forks have the same command line."""
PAUSED_KIND = "http.request"
_NO_ALERTS = {"service": "sns", "operation": "Publish", "error": "InternalError"}


class Storm:
    """A storm over a stack, run by `raging`."""

    def __init__(self, plan: Plan, sandbox: Sandbox, stack: Stack) -> None:
        self._plan = plan
        self._sandbox = sandbox
        self._stack = stack
        self._faults = FaultClient(sandbox.endpoint_url)
        self.killed = 0
        self.hits = 0
        self.failures = list[Exception]()

    @contextmanager
    def raging(self) -> Iterator[None]:
        """Run the storm beside the block, wait for the end of both, and raise the storm's first failure."""
        thread = threading.Thread(target=self._rage, name="storm", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _rage(self) -> None:
        begun = time.monotonic()
        with ExitStack() as calm:
            calm.callback(self._calm)
            try:
                self._faults.put(self._plan.faults, seed=self._plan.fault_seed)
                for at, act in sorted(self._acts(), key=lambda pair: pair[0]):
                    time.sleep(max(0, begun + at - time.monotonic()))
                    act()
                time.sleep(max(0, begun + STORM_SECONDS - time.monotonic()))
            except Exception as error:  # noqa: BLE001 # told to the thread that waits
                self.failures.append(error)

    def _acts(self) -> Iterator[tuple[float, Callable[[], object]]]:
        off, on = self._plan.mapping_off
        yield off, lambda: self._map(enabled=False)
        yield on, lambda: self._map(enabled=True)
        broken, repaired = self._plan.monitor_broken
        rule = dict[str, str]()
        yield broken, lambda: rule.update(id=self._faults.add(_NO_ALERTS)["id"])
        yield repaired, lambda: self._faults.remove(rule["id"])
        paused, resumed = self._plan.paused
        yield paused, lambda: self._answered(lambda: self._stack.api.pause(PAUSED_KIND, reason="a storm"))
        yield resumed, self._resume
        for at, which in self._plan.kills:
            yield at, lambda which=which: self._kill(which)  # type: ignore[misc]

    def _resume(self) -> None:
        self._answered(lambda: self._stack.api.resume(PAUSED_KIND))

    @staticmethod
    def _answered(call: Callable[[], Answer]) -> None:
        """Repeat a call until it is answered, because the services behind the API fail as well."""

        def is_answered() -> bool:
            try:
                return call().ok
            except ApiUnreachable:
                return False

        eventually(is_answered, what="the API answers", every=0.2)

    def _calm(self) -> None:
        self.hits = sum(rule["hits"] for rule in self._faults.get())
        self._faults.clear()
        self._map(enabled=True)
        self._resume()

    def _map(self, *, enabled: bool) -> None:
        client = self._stack.session.client("lambda")
        name = self._stack.settings.live_function("process_task")
        [mapping] = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def _kill(self, which: float) -> None:
        processes = function_processes(self._sandbox)
        if not processes:
            return
        try:
            processes[int(which * len(processes))].kill()
        except psutil.NoSuchProcess:
            return
        self.killed += 1


def function_processes(sandbox: Sandbox) -> list[psutil.Process]:
    """Return the processes in which a sandbox runs functions, in order of their ids."""
    leader = state_file.process_of(sandbox)
    if leader is None:
        return []
    found = []
    for child in leader.children(recursive=True):
        try:
            words = child.cmdline()
            is_server = _FORK_SERVER in words and child.ppid() == leader.pid
            if any(word.endswith(_BOOTSTRAP) for word in words) and not is_server:
                found.append(child)
        except psutil.Error:
            continue
    return sorted(found, key=lambda process: process.pid)
