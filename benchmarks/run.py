"""The course of a benchmark, from the first start to the results."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from benchmarks import machine
from benchmarks.emulators.emulator import Emulator
from benchmarks.errors import MeasurementFailed
from benchmarks.measures import MEASURES, TELEMETRY_MEASURES
from benchmarks.measures.invocations import invoke
from benchmarks.measures.measurement import Measured, together
from benchmarks.plan import Plan
from benchmarks.processes import ProcessTree
from benchmarks.results import REFERENCE, EmulatorResults, Results
from benchmarks.stack import Stack
from benchmarks.table import number
from benchmarks.watchdog import watched_over
from faultline.client.errors import ApiUnreachable
from faultline.operations import target
from infra.api.openapi import resolvers
from infra.deploy.artifact_bucket import artifact_bucket
from infra.deploy.deployment import deploy
from infra.deploy.packaging import Artifact, build, local_platform
from infra.stack.functions import CodeLocation
from infra.stages import stage
from sandbox.process import lifecycle, paths, ports
from sandbox.process.state_file import Sandbox

_SETTINGS = replace(stage("test"), authentication="none")
"""The stage without random failures, whose API accepts 1,000 requests a second. Its clients need no keys,
because not all emulators check them."""


def run(
    emulators: Sequence[Emulator], plan: Plan, console: Console, keep: Callable[[Results], None]
) -> Results:
    """Measure the emulators one after the other, in as many rounds as planned.

    Unless the plan says otherwise, each emulator is started and deployed to once before the first round, so
    that its files and the system's cache are in the same state for all.

    Args:
        emulators: The emulators in the order of measurement.
        plan: The extent of the benchmark.
        console: The console for progress.
        keep: Called with the results so far after each emulator.

    Raises:
        BenchmarkFailed: If an emulator cannot be started or measured.
        SandboxError: If a sandbox cannot be started or stopped.
        InfraError: If the stack cannot be deployed.
    """
    about = machine.describe()
    console.print("building the functions' artifact ...")
    artifact = build(local_platform())
    rounds: dict[str, list[Measured]] = {each.name: [] for each in emulators}
    for emulator in emulators:
        console.print(f"[bold]{emulator.title} {emulator.version}[/]: {emulator.setup}")
        emulator.install()
        if plan.rehearse:
            console.print("  starting once, unmeasured ...")
            with deployed(emulator, artifact) as (stack, _):
                invoke(stack, _SETTINGS.live_function("manage_tasks"))
    for number_of_round in range(1, plan.rounds + 1):
        for emulator in emulators:
            console.print(f"[bold]{emulator.title} {emulator.version}[/], round {number_of_round}")
            with deployed(emulator, artifact) as (stack, started):
                rounds[emulator.name].append(_measure(emulator, stack, started, plan, console))
            results = Results(
                machine=about,
                plan=asdict(plan),
                emulators={
                    each.name: _results(each, rounds[each.name]) for each in emulators if rounds[each.name]
                },
            )
            keep(results)
    return results


def _results(emulator: Emulator, rounds: Sequence[Measured]) -> EmulatorResults:
    return EmulatorResults(
        title=emulator.title,
        version=emulator.version,
        setup=emulator.setup,
        rounds=[{"figures": dict(each.figures), "samples": dict(each.samples)} for each in rounds],
    )


def _measure(emulator: Emulator, stack: Stack, started: Measured, plan: Plan, console: Console) -> Measured:
    _show(console, started)
    measured = [started]
    # The cost of telemetry is a property of the functions, and need not be measured on every emulator.
    measures = MEASURES | (TELEMETRY_MEASURES if emulator.name == REFERENCE else {})
    for title, measure in measures.items():
        with console.status(f"{title} ..."):
            try:
                measured.append(measure(stack, plan.at_most(emulator.max_tasks)))
            except (MeasurementFailed, ApiUnreachable, BotoCoreError, ClientError) as error:
                raise MeasurementFailed(f"{emulator.title}, {title}: {error}") from error
        _show(console, measured[-1])
    return together(*measured)


def _show(console: Console, measured: Measured) -> None:
    for key, value in measured.figures.items():
        console.print(f"  {key:<26} {number(value):>10}")


@contextmanager
def deployed(emulator: Emulator, artifact: Artifact) -> Iterator[tuple[Stack, Measured]]:
    """Deploy the stack to an emulator that runs during the block; yield the stack and the times taken."""
    port = ports.free()
    with watched_over(port):
        try:
            began = time.perf_counter()
            running = emulator.start(port)
            ready = time.perf_counter() - began
            stack = _deploy(emulator, running, artifact)
            deployed = time.perf_counter() - began
            yield stack, Measured(figures={"ready_s": ready, "deployed_s": deployed})
        finally:
            lifecycle.stop(port)
            shutil.rmtree(paths.state_dir(port) / "volume", ignore_errors=True)


def _deploy(emulator: Emulator, running: Sandbox, artifact: Artifact) -> Stack:
    session = target.of_sandbox(running).session
    outputs = deploy(session, _SETTINGS, artifact, resolvers(), adapt=emulator.adapt)
    bucket = artifact_bucket(session, _SETTINGS).name
    return Stack(
        session=session,
        settings=_SETTINGS,
        outputs=outputs,
        code=CodeLocation(bucket=bucket, key=f"functions/{artifact.sha256}.zip"),
        processes=ProcessTree(running.pid),
    )
