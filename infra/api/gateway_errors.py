"""API Gateway's own errors as problems (RFC 9457), like the functions' errors.

The types of responses and their customisation:
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
A template only substitutes variables (it is not VTL), and the value of `$context.error.messageString`
includes quotes:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html

REQUEST_TOO_LARGE (a body over 10 MB) is missing, because it cannot be customised ("important notes for REST
APIs"). DEFAULT_4XX has no status, because a status would apply to all other 4xx responses.
"""

import json
from typing import Any

from infra.stages import StageSettings
from lambdas.http.problems import CONTENT_TYPE, NO_SUCH_PATH, ProblemType
from lambdas.http.security_headers import SECURITY_HEADERS

_MESSAGE = "$context.error.messageString"
_VALIDATION = "$context.error.validationErrorString"

_RESPONSES: dict[str, tuple[ProblemType, str]] = {
    # AWS's own 403 "Missing Authentication Token" misleads.
    "MISSING_AUTHENTICATION_TOKEN": (ProblemType.NOT_FOUND, NO_SUCH_PATH),
    "RESOURCE_NOT_FOUND": (ProblemType.NOT_FOUND, NO_SUCH_PATH),
    "BAD_REQUEST_PARAMETERS": (ProblemType.INVALID_REQUEST, _VALIDATION),
    "BAD_REQUEST_BODY": (ProblemType.INVALID_REQUEST, _VALIDATION),
    "UNSUPPORTED_MEDIA_TYPE": (
        ProblemType.UNSUPPORTED_MEDIA_TYPE,
        "The body must be application/json.",
    ),
    "THROTTLED": (ProblemType.TOO_MANY_REQUESTS, "Too many requests at once; try again later."),
    "QUOTA_EXCEEDED": (ProblemType.TOO_MANY_REQUESTS, "The quota is used up."),
    "INVALID_API_KEY": (
        ProblemType.INVALID_API_KEY,
        "The request needs an API key of this stage in its header X-Api-Key.",
    ),
    "INVALID_SIGNATURE": (ProblemType.INVALID_SIGNATURE, "The signature is not that of this request."),
    "EXPIRED_TOKEN": (ProblemType.INVALID_SIGNATURE, "The credentials have expired."),
    "UNAUTHORIZED": (ProblemType.UNAUTHORIZED, "The request carries no valid credentials."),
    "ACCESS_DENIED": (ProblemType.FORBIDDEN, "The request is not allowed."),
    "INTEGRATION_FAILURE": (
        ProblemType.UNAVAILABLE,
        "The function could not answer; the same request may be repeated.",
    ),
    "INTEGRATION_TIMEOUT": (
        ProblemType.TIMEOUT,
        "The function did not answer in time; the same request may be repeated.",
    ),
    "DEFAULT_5XX": (
        ProblemType.INTERNAL,
        "The request failed; look up the request id in the logs for the reason.",
    ),
}
GATEWAY_PROBLEMS = frozenset(problem for problem, _ in _RESPONSES.values())
"""The problems that API Gateway may respond with to any request."""
# A daily quota is restored at midnight, which a template cannot express as a number of seconds.
_RETRY_AFTER_SECONDS = {
    "THROTTLED": 1,
    "QUOTA_EXCEEDED": 3600,
    "INTEGRATION_FAILURE": 2,
    "INTEGRATION_TIMEOUT": 2,
}


def gateway_responses(settings: StageSettings) -> dict[str, Any]:
    """Return the value of `x-amazon-apigateway-gateway-responses`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
    """
    origins = settings.cors_origins
    responses = {
        kind: {
            "statusCode": int(problem.status),
            "responseParameters": _headers(origins, retry_after=_RETRY_AFTER_SECONDS.get(kind)),
            "responseTemplates": {"application/json": _body(problem, detail, int(problem.status))},
        }
        for kind, (problem, detail) in _RESPONSES.items()
    }
    # DEFAULT_5XX covers several statuses, and a template has no variable for the actual one.
    del responses["DEFAULT_5XX"]["statusCode"]
    body = _body(*_RESPONSES["DEFAULT_5XX"], status=None)
    responses["DEFAULT_5XX"]["responseTemplates"] = {"application/json": body}
    # Any other 4xx keeps its own status, for which a template has no variable.
    responses["DEFAULT_4XX"] = {
        "responseParameters": _headers(origins, retry_after=None),
        "responseTemplates": {
            "application/json": (
                f'{{"type":"{ProblemType.REFUSED.uri}","title":"{ProblemType.REFUSED.title}",'
                f'"detail":{_MESSAGE},"requestId":"$context.requestId","errors":[]}}'
            )
        },
    }
    return responses


def _headers(origins: tuple[str, ...], *, retry_after: int | None) -> dict[str, str]:
    """Return the headers of a response, quoted because unquoted values would name parameters."""
    headers = {"Content-Type": CONTENT_TYPE, **SECURITY_HEADERS}
    if origins:
        # The header names one origin or any, and a template cannot determine which origin sent the request.
        # Any page may then read that a request failed; these responses contain nothing private.
        headers["Access-Control-Allow-Origin"] = origins[0] if len(origins) == 1 else "*"
        headers["Access-Control-Expose-Headers"] = "Retry-After"
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()}


def _body(problem: ProblemType, detail: str, status: int | None) -> str:
    body: dict[str, Any] = {
        "type": problem.uri,
        "title": problem.title,
        "status": status,
        "detail": detail,
        "requestId": "$context.requestId",
        "errors": [],
    }
    return json.dumps(
        {name: value for name, value in body.items() if value is not None}, separators=(",", ":")
    )
