"""Execution environments: each has a daemon to send segments to, and is told where.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
LocalStack 4.14.0 tells them 127.0.0.1:2000, where nobody listens.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

from typing import Any

from sandbox.common.log_and_continue import contained
from sandbox.services.iam.function_credentials import Owner
from sandbox.services.xray.daemon import HOST, Daemon, Port
from sandbox.services.xray.store import STORE, Place
from sandbox.services.xray.uploads import Upload

_daemon: Daemon | None = None
_ports: dict[str, Port] = {}
"""By the environment's id."""


def start_daemon() -> None:
    global _daemon
    _daemon = Daemon(STORE)


def stop_daemon() -> None:
    if _daemon:
        _daemon.stop()


def start(begin: Any, executor: Any, env_vars: dict[str, str]) -> None:
    """Around ProcessExecutor.start, which spawns the first process."""
    with contained("what a function will send"):
        if _daemon:
            version = executor.function_version
            place = Place(version.id.account, version.id.region)
            function = Owner(version.id.unqualified_arn(), str(version.config.role))
            port = _daemon.open(place, Upload(function).is_allowed)
            _ports[executor.id] = port
            env_vars |= {
                "AWS_XRAY_DAEMON_ADDRESS": f"{HOST}:{port.number}",
                "_AWS_XRAY_DAEMON_ADDRESS": HOST,
                "_AWS_XRAY_DAEMON_PORT": str(port.number),
                "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            } | (version.config.environment or {})  # none of them is reserved
    begin(executor, env_vars)


def end(finish: Any, executor: Any) -> None:
    """Around ProcessExecutor._end, which may be called more than once."""
    finish(executor)
    with contained("what a function has sent last"):
        port = _ports.pop(executor.id, None)
        if _daemon and port:
            _daemon.close(port)
