"""`scripts/bench`: the sandbox beside other emulators, with the same stack and the same functions.

An emulator is a module of `emulators`, a measure is a module of `measures`, and `figures` says what each
number that they yield means.
"""
