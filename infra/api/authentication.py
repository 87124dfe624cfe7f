"""Authentication of the API's clients: API keys with limits, or none."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt

from lambdas.http.authentication import API_KEY_HEADER

type Authentication = Literal["none", "api-key"]
"""How a client authenticates: not at all, or with an API key."""


type Rate = Annotated[int | float, Field(gt=0)]
"""Requests per second. Whole numbers stay int: in a template, 100.0 and 100 are different values."""


@dataclass(frozen=True, kw_only=True)
class KeyLimits:
    """Limits of each API key. StageSettings checks the values.

    Attributes:
        rate: Requests per second in the long run.
        burst: Requests at once.
        per_day: Requests from midnight to midnight, UTC.
    """

    rate: Rate
    burst: PositiveInt
    per_day: PositiveInt


def security_schemes(authentication: Authentication) -> dict[str, Any]:
    """Return the security scheme of all operations except preflights, by name; empty without authentication.

    API Gateway's import requires a key only if the scheme has the exact name `x-api-key`, as in AWS's
    examples. It ignores `X-Api-Key` without a warning, and leaves every route open:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-usage-plan-oas.html
    https://github.com/smithy-lang/smithy/issues/327
    """
    match authentication:
        case "api-key":
            return {"apiKey": {"type": "apiKey", "name": API_KEY_HEADER, "in": "header"}}
        case "none":
            return {}


def request_headers(authentication: Authentication) -> tuple[str, ...]:
    """Return the headers with which a client authenticates; CORS must allow pages to send them."""
    match authentication:
        case "api-key":
            return (API_KEY_HEADER,)
        case "none":
            return ()
