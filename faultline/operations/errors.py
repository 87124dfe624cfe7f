"""Errors of operations; `str()` of each is one line for a person."""


class OperationFailed(Exception):
    """AWS refused what an operator asked for, or has nothing of it."""
