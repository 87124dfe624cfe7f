"""Filter patterns: terms, or one comparison of a JSON property."""

from collections.abc import Callable
from functools import lru_cache

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern, failed_constraint
from sandbox.services.logs.filter_patterns.json_events import parse_json_pattern
from sandbox.services.logs.filter_patterns.terms import parse_terms

MAX_LENGTH = 1024
"""Maximum length in characters: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""


@lru_cache(maxsize=256)
def parse_pattern(pattern: str) -> Callable[[str], bool]:
    """Return a function that returns whether a message matches. A blank pattern matches everything.

    Raises:
        InvalidPattern: AWS refuses the pattern, or the sandbox does not support it.
    """
    if len(pattern) > MAX_LENGTH:
        raise InvalidPattern(
            failed_constraint(
                "filterPattern", pattern, f"Member must have length less than or equal to {MAX_LENGTH}"
            )
        )
    if not pattern.strip():
        return lambda _: True
    if pattern.startswith("{"):
        return parse_json_pattern(pattern.rstrip())
    if pattern.startswith(("[", "%")):
        raise InvalidPattern("The sandbox does not support patterns of fields or regular expressions")
    return parse_terms(pattern)
