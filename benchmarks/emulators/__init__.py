"""The emulators, in the order of measurement. `lifecycle.stop` ends each of them."""

from benchmarks.emulators import faultline, ministack, plain
from benchmarks.emulators.emulator import Emulator

EMULATORS: dict[str, Emulator] = {
    each.name: each for each in (faultline.EMULATOR, plain.EMULATOR, ministack.EMULATOR)
}
