"""Benchmark that runs the same stack and functions on the sandbox and on other emulators (`scripts/bench`).

The emulators are in `emulators`, the measures in `measures`, and `figures` defines every number.
"""
