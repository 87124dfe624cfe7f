"""A filter pattern: what kind it is, and whether a message matches it."""

from collections.abc import Callable
from functools import lru_cache

from sandbox.services.logs.filter_patterns.fields import parse_field_pattern
from sandbox.services.logs.filter_patterns.invalid import InvalidPattern, failed_constraint, invalid_at
from sandbox.services.logs.filter_patterns.json_events import parse_json_pattern
from sandbox.services.logs.filter_patterns.regex import Regex
from sandbox.services.logs.filter_patterns.regex_syntax import WRITTEN
from sandbox.services.logs.filter_patterns.terms import parse_terms

LENGTH_MAX = 1024
"""Characters: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""


@lru_cache(maxsize=256)
def parse_pattern(pattern: str) -> Callable[[str], bool]:
    """What is true of the messages that match the pattern. Raises InvalidPattern."""
    if len(pattern) > LENGTH_MAX:
        raise InvalidPattern(
            failed_constraint(
                "filterPattern", pattern, f"Member must have length less than or equal to {LENGTH_MAX}"
            )
        )
    if pattern.startswith("{"):
        return parse_json_pattern(pattern.rstrip())
    if pattern.startswith("["):
        return parse_field_pattern(pattern.rstrip())
    if pattern.startswith("%"):
        return _parse_regex(pattern.rstrip())
    return parse_terms(pattern)


def _parse_regex(pattern: str) -> Callable[[str], bool]:
    """A regular expression that is all of the pattern; it is not documented that it may be a part."""
    written = WRITTEN.match(pattern, 1)
    assert written is not None  # it may be empty
    if pattern[written.end() : written.end() + 1] != "%":
        raise invalid_at(pattern[: written.end() + 1])
    if written.end() + 1 != len(pattern):
        raise InvalidPattern
    return Regex(written[0]).search
