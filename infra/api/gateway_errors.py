"""API Gateway's own errors as the problems (RFC 9457) that the functions answer with.

Response types and what of them may be changed:
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
A template substitutes variables and nothing more (it is no VTL), and `$context.error.messageString`
comes with its quotes:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html

Not here: REQUEST_TOO_LARGE (a body over 10 MB), which cannot be customised ("important notes for
REST APIs"), and DEFAULT_4XX with a status, which would become the status of all the others.
"""

import json
from typing import Any

from infra.stages import StageSettings
from lambdas.http.problems import CONTENT_TYPE, ProblemType
from lambdas.http.security_headers import SECURITY_HEADERS

_MESSAGE = "$context.error.messageString"
_VALIDATION = "$context.error.validationErrorString"

_RESPONSES: dict[str, tuple[ProblemType, str]] = {
    # No such path, or no such method on it; AWS's own 403 "Missing Authentication Token" misleads.
    "MISSING_AUTHENTICATION_TOKEN": (ProblemType.NOT_FOUND, "There is no such route."),
    "RESOURCE_NOT_FOUND": (ProblemType.NOT_FOUND, "There is no such route."),
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
    "DEFAULT_5XX": (ProblemType.INTERNAL, "The request failed; the request id leads to the reason."),
}
GATEWAY_PROBLEMS = frozenset(problem for problem, _ in _RESPONSES.values())
"""What API Gateway may answer whatever is asked of it."""
# A day's quota is there again at midnight; a template cannot say when that is.
_RETRY_AFTER_SECONDS = {
    "THROTTLED": 1,
    "QUOTA_EXCEEDED": 3600,
    "INTEGRATION_FAILURE": 2,
    "INTEGRATION_TIMEOUT": 2,
}


def gateway_responses(settings: StageSettings) -> dict[str, Any]:
    """The value of `x-amazon-apigateway-gateway-responses`.

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
    # It stands for several statuses, and a template has no variable for the one it is.
    del responses["DEFAULT_5XX"]["statusCode"]
    body = _body(*_RESPONSES["DEFAULT_5XX"], status=None)
    responses["DEFAULT_5XX"]["responseTemplates"] = {"application/json": body}
    # Any other refusal keeps its own status, which a template has no variable for.
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
    """The headers' values are quoted once more: unquoted ones would be names of parameters."""
    headers = {"Content-Type": CONTENT_TYPE, **SECURITY_HEADERS}
    if origins:
        # The header names one origin, or any; no template can tell which of several asks. That a request
        # failed any page may read then: nothing in these answers is anyone's.
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
