"""Who may call the API: what its OpenAPI document and its usage plan say of it."""

from dataclasses import dataclass
from typing import Any, Literal

from lambdas.http.authentication import API_KEY_HEADER

type Authentication = Literal["none", "api-key"]
"""How a client shows who it is: not at all, or by an API key."""


@dataclass(frozen=True, kw_only=True)
class KeyLimits:
    """What each API key may ask for, by itself.

    Attributes:
        rate: requests per second in the long run.
        burst: requests at once.
        per_day: requests from midnight to midnight, UTC.
    """

    rate: float
    burst: int
    per_day: int


def security_schemes(authentication: Authentication) -> dict[str, Any]:
    """The scheme that every operation but a preflight asks for, by its name; empty when anybody may call."""
    match authentication:
        case "api-key":
            return {"apiKey": {"type": "apiKey", "name": API_KEY_HEADER, "in": "header"}}
        case "none":
            return {}


def request_headers(authentication: Authentication) -> tuple[str, ...]:
    """Headers that a client needs to show who it is: a page must be allowed to send them."""
    match authentication:
        case "api-key":
            return (API_KEY_HEADER,)
        case "none":
            return ()
