"""`faultline up`: start a sandbox and deploy the stack to it."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from faultline.cli.display import say
from faultline.cli.file_versions import versions
from faultline.cli.options import DEFAULT_CONSOLE_PORT, Port, Stage
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process import launch, lifecycle
from sandbox.process.errors import SandboxEnded, SandboxStopped
from sandbox.process.lifecycle import DEFAULT_PORT
from sandbox.process.state_file import Sandbox

if TYPE_CHECKING:
    from infra.deploy.outputs import Outputs

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    detach: Annotated[bool, typer.Option("--detach", help="Return as soon as the sandbox is ready.")] = False,
    reload: Annotated[
        bool,
        typer.Option(
            "--reload", help="Run the project's code, or else lambdas/, from disk at each invocation."
        ),
    ] = False,
    failure_rate: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fraction of attempts that fail at random; 0.3 by default in dev."),
    ] = None,
    with_console: Annotated[
        bool, typer.Option("--console/--no-console", help="Whether to serve the web console.")
    ] = True,
    console_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the console on 127.0.0.1; 0 for any.")
    ] = DEFAULT_CONSOLE_PORT,
) -> None:
    """Start a sandbox on LocalStack and deploy the stack to it; Ctrl-C stops it.

    This prints the address of the web console, which starts when you open it and ends with the sandbox. To
    print the address again, use `faultline console`.
    """
    try:
        settings = stage(stage_name or DEFAULT_STAGE)
        wanted = settings if failure_rate is None else replace(settings, failure_rate=failure_rate)
        live = _package(settings) if reload else None
        with deployed_sandbox(settings, port, live=live, wait=not detach) as (sandbox, found):
            from faultline.cli.outputs import print_outputs
            from faultline.operations import target
            from faultline.operations.failure_rate import set_failure_rate

            if wanted.failure_rate is not None and wanted != settings:
                # Not in the template, so that `faultline deploy` keeps the rate.
                set_failure_rate(target.of_sandbox(sandbox).session, settings, wanted.failure_rate)
            with suppress(BrokenPipeError):  # such as `| head -1`
                if with_console:
                    _offer_console(sandbox, settings, console_port)
                print_outputs(settings, found, sandbox.endpoint_url)
            if wanted.failure_rate:
                say(
                    f"{wanted.failure_rate:.0%} of the attempts fail at random, as simulated failures; "
                    "to have none: --failure-rate 0"
                )
            if detach:
                say(f"It runs as process {sandbox.pid}; to stop it: faultline down --port {sandbox.port}")
                return
            say("Ctrl-C stops it.")
            if live:
                _print_live_output(sandbox, settings, live)
            else:
                lifecycle.wait(sandbox)
            if not lifecycle.was_stopped(sandbox):
                raise SandboxEnded(sandbox.log_file)
            say("stopped")
    except (KeyboardInterrupt, SandboxStopped):
        if detach:
            raise
        say("stopped")  # Ctrl-C and `faultline down` are the regular ways to end this command.


def _offer_console(sandbox: Sandbox, settings: StageSettings, port: int) -> None:
    """Print the address of the sandbox's console, or the reason why it has none."""
    from faultline.cli.sandbox_console import offer
    from faultline.operations.errors import OperationFailed

    try:
        print(f"{'Console':<15} {offer(sandbox, settings, port)}")
    except OperationFailed as error:
        say(f"without the console: {error}")


@contextmanager
def deployed_sandbox(
    settings: StageSettings, port: int, *, live: Path | None = None, wait: bool = False
) -> Iterator[tuple[Sandbox, "Outputs"]]:
    """Context manager that starts a sandbox and deploys a stage to it; an error stops the sandbox.

    Args:
        settings: Settings of the stage.
        port: Port on 127.0.0.1; 0 for any free one.
        live: Folder from which to run the functions, instead of the artifact.
        wait: Whether to wait, with `live`, until all kinds of work can be imported.

    Raises:
        SandboxEnded, SandboxStopped: The sandbox ended during the deployment, or during the block.
    """
    _interrupt_once()
    start = _Start(port, live)
    try:
        with _explained(start.started):
            deploy = start.alongside(lambda: _prepare(settings, live if wait else None))
            [sandbox] = start.started
            yield sandbox, deploy(sandbox, settings)
    except BaseException:
        _ignore_interrupts()
        start.undo()
        raise


@contextmanager
def _explained(sandboxes: list[Sandbox]) -> Iterator[None]:
    """Context manager that replaces an error by its reason if one of the sandboxes is gone."""
    try:
        yield
    except Exception:
        for sandbox in sandboxes:
            lifecycle.check(sandbox)
        raise


type _Deploy = Callable[[Sandbox, StageSettings], "Outputs"]


class _Start:
    """The start of a sandbox in another thread, which can be undone at any time.

    Attributes:
        started: The sandbox, as soon as it has started.
    """

    def __init__(self, port: int, live: Path | None) -> None:
        self._port = port
        self._live = live
        self._is_unwanted = threading.Event()
        self.started: list[Sandbox] = []

    def alongside[T](self, prepare: Callable[[], T]) -> T:
        """Start the sandbox while `prepare` runs, and return what that returns."""
        if launch.is_to_be_installed():
            say("installing LocalStack, once ...")
        say("starting LocalStack ...")
        with ThreadPoolExecutor(2, thread_name_prefix="start") as pool:
            starting = pool.submit(self._start)
            # Not in this thread: Ctrl-C in the middle of an import can leave the lock of all imports held,
            # and the other thread would wait for it for ever.
            prepared = pool.submit(prepare).result()
            starting.result()
            return prepared

    def undo(self) -> None:
        """Stop the sandbox, now or when it has started."""
        self._is_unwanted.set()
        for sandbox in self.started:
            lifecycle.stop(sandbox.port, only=sandbox)

    def _start(self) -> None:
        self.started.append(lifecycle.start(self._port, live=self._live))
        if self._is_unwanted.is_set():
            self.undo()


def _interrupt_once() -> None:
    """Let only the first signal interrupt the rest of this command.

    A second one, while the first is handled, could leave a lock of the pool held, for which its threads would
    wait for ever.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        _ignore_interrupts()
        raise KeyboardInterrupt

    for each in _INTERRUPTS:
        if signal.getsignal(each) is not signal.SIG_IGN:  # as by nohup
            signal.signal(each, interrupt)


def _ignore_interrupts() -> None:
    """Ignore signals that would interrupt the rest of this command, in which the sandbox is stopped."""
    for each in _INTERRUPTS:
        signal.signal(each, lambda *_: None)  # a process that is started now does not inherit it


def _prepare(settings: StageSettings, live: Path | None) -> _Deploy:
    """Build the artifact, import the slow libraries, and return the function that deploys."""
    from faultline.cli.retried_build import build_when_fixed
    from faultline.operations import target
    from infra.api.openapi import resolvers
    from infra.deploy.deployment import deploy
    from infra.deploy.packaging import build, local_platform
    from infra.errors import InvalidProject
    from infra.project.local_secrets import provide_secrets

    say("building the functions' artifact ...")
    before = versions(live) if live else {}
    broken: InvalidProject | None = None
    try:
        artifact = build(local_platform(), project=settings.project)
    except InvalidProject as error:
        if live is None:
            raise
        broken = error  # raised later, since it would hide that LocalStack failed to start, too
    apis = resolvers()

    def deployed(sandbox: Sandbox, settings: StageSettings) -> "Outputs":
        built = build_when_fixed(settings, live, before, broken) if live and broken else artifact
        if built.notice:
            say(built.notice)
        say(f"deploying {settings.stack_name} ...")
        session = target.of_sandbox(sandbox).session
        provide_secrets(session, settings, say)
        return deploy(session, settings, built, apis, notice=say)

    return deployed


def _print_live_output(sandbox: Sandbox, settings: StageSettings, live: Path) -> None:
    """Print the log and the reloads until LocalStack ends."""
    from faultline.cli.live_output import print_live_output
    from faultline.operations import target
    from infra.deploy.packaging import kinds_of

    def check() -> None:
        kinds_of(settings.project, handlers=False)

    session = target.of_sandbox(sandbox).session
    print_live_output(session, settings, live, check, until=lambda: lifecycle.wait(sandbox))


def _package(settings: StageSettings) -> Path:
    """Return the folder of the package that runs from disk: the project's, else Faultline's own."""
    from infra.deploy.packaging import PACKAGE

    return settings.project.package if settings.project else PACKAGE
