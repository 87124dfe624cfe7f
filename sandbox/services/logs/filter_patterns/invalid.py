"""A pattern that AWS does not take, and what it says of it."""


class InvalidPattern(ValueError):
    """Its message is that of AWS's InvalidParameterException."""


def invalid_at(term: str) -> InvalidPattern:
    """The pattern cannot be read beyond `term`, which is quoted from it."""
    return InvalidPattern(f"Invalid character(s) in term '{term}'")


def failed_constraint(parameter: str, value: object, constraint: str) -> str:
    """What AWS says of a parameter whose value is not within its bounds."""
    return (
        f"1 validation error detected: Value '{value}' at '{parameter}' "
        f"failed to satisfy constraint: {constraint}"
    )
