"""The HTTP edge on API Gateway: a resolver whose every error is a problem (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.types import (
    OpenAPIResponse,
    OpenAPIResponseContentModel,
    OpenAPIResponseContentSchema,
)
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.aws.problems import CONTENT_TYPE, ApiError, FieldError, Problem, ProblemType
from lambdas.aws.telemetry import logger
from lambdas.domain import strict_json

# Seconds; long enough for a throttled table or queue to breathe.
RETRY_AFTER_SECONDS = 2
CORRELATION_HEADER = "X-Correlation-Id"


# The bodies of an answer by media type, in the words of Powertools' OpenAPI.
type Content = dict[str, OpenAPIResponseContentSchema | OpenAPIResponseContentModel]


def resolver() -> APIGatewayRestResolver:
    """A resolver that validates requests by their types and answers every error as a problem."""
    app = APIGatewayRestResolver(enable_validation=True, json_body_deserializer=_json_object)
    app.use([_json_content_only])
    app.exception_handler(ApiError)(lambda error: _answer(app, error))
    app.exception_handler(RequestValidationError)(lambda error: _answer(app, _invalid(error)))
    app.exception_handler([ClientError, BotoCoreError])(lambda error: _answer(app, _unavailable(error)))
    app.exception_handler(Exception)(lambda error: _answer(app, _internal(error)))
    app.not_found(lambda _: _answer(app, ApiError(ProblemType.NOT_FOUND, "There is no such route.")))
    return app


def problems(*possible: ProblemType) -> dict[int, OpenAPIResponse]:
    """The problems that a route may answer, for its OpenAPI document; what any route may answer added."""
    always = (ProblemType.TOO_MANY_REQUESTS, ProblemType.INTERNAL, ProblemType.UNAVAILABLE)
    return {
        problem.status.value: {
            "description": problem.title,
            "content": {CONTENT_TYPE: {"model": Problem}},
        }
        for problem in (*possible, *always)
    }


def correlation_id(app: APIGatewayRestResolver) -> str:
    """The client's X-Correlation-Id when it is one, else API Gateway's request id."""
    given = app.current_event.headers.get(CORRELATION_HEADER, "")
    usable = 0 < len(given) <= 128 and given.isascii() and given.isprintable()
    return given if usable else _request_id(app)


def field_errors(errors: list[dict[str, Any]], *, within: str = "") -> list[FieldError]:
    """Pydantic's errors by the field's path as the client wrote it."""
    found = []
    for error in errors:
        path = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
        name = ".".join([within, *path] if within else path) or "body"
        found.append(FieldError(field=name, message=error["msg"].removeprefix("Value error, ")))
    return found


def _request_id(app: APIGatewayRestResolver) -> str:
    return app.current_event.request_context.request_id or "unknown"


def _json_object(body: str) -> Any:
    """Read a body. Powertools answers a JSONDecodeError as an invalid request, by its message."""
    try:
        value = strict_json.loads(body)
    except strict_json.InvalidJson as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
    if not isinstance(value, dict):
        raise json.JSONDecodeError("the body must be a JSON object", "", 0)
    return value


def _json_content_only(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    event = app.current_event
    media_type = event.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if event.http_method in ("POST", "PUT", "PATCH") and media_type != "application/json":
        given = media_type or "no Content-Type"
        raise ApiError(ProblemType.UNSUPPORTED_MEDIA_TYPE, f"expected application/json, not {given}")
    return next_middleware(app)


def _invalid(error: RequestValidationError) -> ApiError:
    errors: list[dict[str, Any]] = list(error.errors())
    if errors and errors[0]["type"] == "json_invalid":
        reason = errors[0]["ctx"]["error"]
        return ApiError(
            ProblemType.INVALID_REQUEST,
            f"The body is not JSON that can be accepted: {reason}",
            errors=[FieldError(field="body", message=reason)],
        )
    fields = field_errors(errors)
    names = ", ".join(sorted({each.field for each in fields}))
    return ApiError(ProblemType.INVALID_REQUEST, f"Not valid: {names}", errors=fields)


def _unavailable(error: ClientError | BotoCoreError) -> ApiError:
    logger.error("AWS refused or is away", reason=str(error))
    return ApiError(
        ProblemType.UNAVAILABLE,
        "A service behind the API refuses or is away; the same request may be repeated.",
        retry_after=RETRY_AFTER_SECONDS,
    )


def _internal(error: Exception) -> ApiError:
    logger.exception("request failed", exc_info=error)
    return ApiError(ProblemType.INTERNAL, "The request failed; the request id leads to the reason.")


def _answer(app: APIGatewayRestResolver, error: ApiError) -> Response[str]:
    problem = Problem(
        type=error.problem.uri,
        title=error.problem.title,
        status=error.problem.status,
        detail=error.detail,
        requestId=_request_id(app),
        errors=error.errors,
    )
    headers = {CORRELATION_HEADER: correlation_id(app)}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Response(
        status_code=HTTPStatus(error.problem.status),
        content_type=CONTENT_TYPE,
        body=json.dumps(problem.model_dump(mode="json", by_alias=True)),
        headers=dict(headers),
    )
