"""A port of the X-Ray daemon for each execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
LocalStack announces 127.0.0.1:2000, where nothing is listening.
"""

from sandbox.common.log_and_continue import contained
from sandbox.services.iam.function_credentials import Owner
from sandbox.services.lambda_.executor.observers import OBSERVERS, Environment, Observer
from sandbox.services.xray.daemon import HOST, Daemon, Port
from sandbox.services.xray.store import STORE, Place
from sandbox.services.xray.uploads import Upload

_daemon: Daemon | None = None
_ports: dict[str, Port] = {}
"""Ports by the environment's id."""


def install() -> None:
    """Start the daemon and announce it to execution environments."""
    global _daemon
    _daemon = Daemon(STORE)
    OBSERVERS.append(Observer(on_start=open_port, on_end=close_port))


def stop() -> None:
    """Stop the daemon."""
    if _daemon:
        _daemon.stop()


def open_port(environment: Environment, env_vars: dict[str, str]) -> None:
    """Open a port for an execution environment and add its address to the variables."""
    with contained("the trace segments of a function"):
        if _daemon:
            version = environment.function_version
            place = Place(version.id.account, version.id.region)
            function = Owner(version.id.unqualified_arn(), str(version.config.role))
            port = _daemon.open(place, Upload(function).is_allowed)
            _ports[environment.id] = port
            env_vars |= {
                "AWS_XRAY_DAEMON_ADDRESS": f"{HOST}:{port.number}",
                "_AWS_XRAY_DAEMON_ADDRESS": HOST,
                "_AWS_XRAY_DAEMON_PORT": str(port.number),
                "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            } | (version.config.environment or {})  # none of them is reserved


def close_port(environment: Environment) -> None:
    """Read the last segments and close the port. Idempotent."""
    with contained("the last trace segments of a function"):
        port = _ports.pop(environment.id, None)
        if _daemon and port:
            _daemon.close(port)
