"""The emulators that are measured, in the order in which they are; each ends with `lifecycle.stop`."""

from benchmarks.emulators import faultline, ministack, plain
from benchmarks.emulators.emulator import Emulator

EMULATORS: dict[str, Emulator] = {
    each.name: each for each in (faultline.EMULATOR, plain.EMULATOR, ministack.EMULATOR)
}
