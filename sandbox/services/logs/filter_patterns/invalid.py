"""Errors in filter patterns, and AWS's error messages."""


class InvalidPattern(ValueError):
    """The pattern is invalid, or not supported by the sandbox. The message can be sent in the response."""


def invalid_at(term: str) -> InvalidPattern:
    """Return the error for a pattern that cannot be parsed from `term` on."""
    return InvalidPattern(f"Invalid character(s) in term '{term}'")


def failed_constraint(parameter: str, value: object, constraint: str) -> str:
    """Return AWS's message for a parameter whose value is out of bounds."""
    return (
        f"1 validation error detected: Value '{value}' at '{parameter}' "
        f"failed to satisfy constraint: {constraint}"
    )
