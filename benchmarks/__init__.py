"""Benchmark of the sandbox and other emulators on the same stack and functions (`scripts/bench`).

Each emulator is a module of `emulators`, and each measure one of `measures`; `figures` defines every number.
"""
