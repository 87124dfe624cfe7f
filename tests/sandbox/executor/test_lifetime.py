"""The lifetime of a function's process, which ends when unused, and at the latest with LocalStack."""

import os
import signal
import time
from pathlib import Path

from tests.eventually import eventually
from tests.sandbox.executor.localstack import LocalStack, running

# Runs as two processes, its own and one that it starts, and writes where the test can see it.
PARENT = """
    import os, subprocess
    child = subprocess.Popen(["/bin/sleep", "600"])

    def handler(event, context):
        return [os.getpid(), child.pid, os.environ["TMPDIR"]]
"""


NEVER_STARTS = """
    import os, pathlib, time
    pathlib.Path("{}", str(os.getpid())).touch()
    time.sleep(600)
"""

IDLE_SECONDS = 3


def ends_functions(localstack: LocalStack, end: signal.Signals) -> None:
    """Check that function processes, their children and their files are gone soon after LocalStack's end."""
    name = localstack.deploy(PARENT)
    function, child, folder = localstack.invoke(name).payload
    assert running(function)
    assert running(child)

    os.kill(localstack.process.pid, end)

    eventually(lambda: not running(function) and not running(child))
    localstack.kill()  # without sandbox/speed it may wait for a thread that began meanwhile
    eventually(lambda: not Path(folder).parent.exists())


def test_functions_end_with_a_killed_localstack(tmp_path: Path) -> None:
    localstack = LocalStack(tmp_path / "localstack")
    try:
        localstack.wait()
        ends_functions(localstack, signal.SIGKILL)
    finally:
        localstack.kill()


def test_it_ends_by_itself_whatever_hangs(tmp_path: Path) -> None:
    """LocalStack ends, and its functions, though one never starts and a hook for its end never returns."""
    localstack = LocalStack(tmp_path / "localstack")
    hook = localstack.folder / "root/etc/localstack/init/shutdown.d/hang.py"
    hook.parent.mkdir(parents=True)
    hook.write_text("import time; time.sleep(600)")
    (started := tmp_path / "started").mkdir()
    try:
        localstack.wait()
        name = localstack.deploy(NEVER_STARTS.format(started))
        localstack.functions.invoke(FunctionName=name, InvocationType="Event")
        starting = int(eventually(lambda: [*started.iterdir()])[0].name)
        idle, child, folder = localstack.invoke(localstack.deploy(PARENT)).payload
        assert all(map(running, (starting, idle, child)))

        localstack.process.terminate()

        eventually(lambda: localstack.process.poll() is not None)
        assert localstack.process.returncode == 0
        eventually(lambda: not any(map(running, (starting, idle, child))))
        eventually(lambda: not Path(folder).parent.exists())
    finally:
        localstack.kill()


def test_an_environment_lives_while_it_is_used(tmp_path: Path) -> None:
    """An environment is kept as long as it is invoked within its idle time, and ends after that."""
    localstack = LocalStack(tmp_path / "localstack", LAMBDA_KEEPALIVE_MS=f"{IDLE_SECONDS * 1000}")
    try:
        localstack.wait()
        name = localstack.deploy(PARENT)
        function, used_since, used_at = 0, 0.0, float("-inf")

        def is_used_long_enough() -> bool:
            nonlocal function, used_since, used_at
            before, used_at = used_at, time.monotonic()
            found = localstack.invoke(name).payload[0]
            if time.monotonic() - before > IDLE_SECONDS - 0.5:  # at first, or after a pause of the machine
                function, used_since = found, used_at
            assert found == function
            return used_at - used_since > 2 * IDLE_SECONDS

        eventually(is_used_long_enough, every=0.5)

        eventually(lambda: not running(function))

        assert localstack.invoke(name).payload[0] != function
    finally:
        localstack.kill()
