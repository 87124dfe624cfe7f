"""Faultline's sandbox, as `scripts/up` starts it."""

from importlib.metadata import version

from benchmarks.emulators import plain
from benchmarks.emulators.emulator import Emulator
from sandbox.process import lifecycle

EMULATOR = Emulator(
    name="faultline",
    title="Faultline",
    version=f"{version('faultline')} on LocalStack {plain.EMULATOR.version}",
    setup="The sandbox as scripts/up starts it: LocalStack with all of this project's plug-ins.",
    start=lifecycle.start,
)
