"""Who may call the API: what its OpenAPI document and its usage plan say of it."""

from dataclasses import dataclass
from typing import Any, Literal

type Authentication = Literal["none", "api-key", "iam"]
"""How a client shows who it is: not at all, by an API key, or by signing as an IAM principal (SigV4)."""

API_KEY_HEADER = "X-Api-Key"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html"""

AUTHORIZATION_TYPE = "x-amazon-apigateway-authtype"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html"""

_SIGNATURE_HEADERS = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256")


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
        case "iam":
            scheme = {"type": "apiKey", "name": "Authorization", "in": "header"}
            return {"sigv4": scheme | {AUTHORIZATION_TYPE: "awsSigv4"}}
        case "none":
            return {}


def request_headers(authentication: Authentication) -> tuple[str, ...]:
    """Headers that a client needs to show who it is: a page must be allowed to send them."""
    match authentication:
        case "api-key":
            return (API_KEY_HEADER,)
        case "iam":
            return _SIGNATURE_HEADERS
        case "none":
            return ()
