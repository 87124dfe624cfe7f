"""`scripts/bench`: compare the sandbox with other emulators, on the same stack and functions.

Each emulator is a module of `emulators`, and each measure one of `measures`; `figures` defines every number.
"""
