"""Resolver of API Gateway requests that returns every error as a problem (RFC 9457)."""

import json
import os
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.types import (
    OpenAPIResponse,
    OpenAPIResponseContentModel,
    OpenAPIResponseContentSchema,
)
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from aws_lambda_powertools.shared.json_encoder import Encoder
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain import strict_json
from lambdas.http.plain_event import plain
from lambdas.http.problems import CONTENT_TYPE, NO_SUCH_PATH, ApiError, FieldError, Problem, ProblemType
from lambdas.http.security_headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from lambdas.http.unexpected import takes_body, unexpected_parts
from lambdas.telemetry.logs import logger

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Maximum size of a request body: twice that of a payload, which leaves room for white space and escapes.

Lambda takes bodies of at most 6 MB, and API Gateway of at most 10 MB:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""
# A payload has a limit of its own, which is lower: one that exceeds it does not make a whole batch invalid.
_MAX_BODY_DEPTH = 2 * strict_json.MAX_DEPTH
# Long enough for a throttled table or queue to recover.
RETRY_AFTER_SECONDS = 2
CORRELATION_HEADER = "X-Correlation-Id"


# The bodies of a response by media type, in Powertools' OpenAPI types.
type Content = dict[str, OpenAPIResponseContentSchema | OpenAPIResponseContentModel]


class Resolver(APIGatewayRestResolver):
    """Powertools' resolver with normalized events, correlation ids in logs and security headers."""

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Handle a request.

        Args:
            event: The request in the format of API Gateway's proxy integration
                (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
            context: Context of the invocation.
        """
        normalized = plain(event)
        logger.set_correlation_id(_correlation_id(APIGatewayProxyEvent(normalized)))
        answer = super().resolve(normalized, context)
        for name, value in {**SECURITY_HEADERS, **CONTENT_SECURITY_POLICY}.items():
            answer["multiValueHeaders"][name] = [value]
        request = APIGatewayProxyEvent(normalized)
        logger.debug(
            "request answered", method=request.http_method, path=request.path, status=answer["statusCode"]
        )
        return answer


def resolver(*, unavailable: tuple[type[Exception], ...] = ()) -> APIGatewayRestResolver:
    """Create a resolver that validates requests against type hints and returns every error as a problem.

    Args:
        unavailable: Exceptions to return as 503, besides botocore's.
    """
    app = Resolver(
        cors=_cors(os.environ.get("CORS_ORIGINS", "")),
        enable_validation=True,
        serializer=_json,
        json_body_deserializer=_json_object,
        # A response that does not match its declared type is not the client's fault.
        response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    app.use([_json_content_only, _expected_parts_only])
    # Powertools reads the body before its middlewares run, including forms and other media types. If that
    # fails, the media type is the error to report.
    app.exception_handler(Exception)(
        lambda error: _answer(app, _unsupported(app) or _problem(app, error, unavailable))
    )
    app.not_found(lambda _: _answer(app, ApiError(ProblemType.NOT_FOUND, NO_SUCH_PATH)))
    return app


def problems(*possible: ProblemType) -> dict[int, OpenAPIResponse]:
    """Return the OpenAPI responses for the given problems and those that every route may return."""
    always = (ProblemType.TOO_MANY_REQUESTS, ProblemType.INTERNAL, ProblemType.UNAVAILABLE)
    return {
        problem.status.value: {
            "description": problem.title,
            "content": {CONTENT_TYPE: {"model": Problem}},
        }
        for problem in (*possible, *always)
    }


def correlation_id(app: APIGatewayRestResolver | APIGatewayRouter) -> str:
    """Return the client's X-Correlation-Id if it is usable, else API Gateway's request id."""
    return _correlation_id(app.current_event)


def field_errors(errors: Iterable[Mapping[str, Any]], *, within: str = "") -> list[FieldError]:
    """Convert pydantic's errors to FieldErrors, with the paths that the client used.

    Args:
        errors: Errors of a request, whose paths begin with `body`, `query` or `path`, or errors of a model.
        within: Path to the model within the request; empty for errors of a request.
    """
    found = []
    for error in errors:
        path = [within, *map(str, error["loc"])] if within else _path_of(error["loc"])
        name = ".".join(path) or "body"
        found.append(FieldError(field=name, message=error["msg"].removeprefix("Value error, ")))
    return found


def _path_of(location: tuple[str | int, ...]) -> list[str]:
    """Return the path of a request's field, without positions in a repeated parameter."""
    source, *path = map(str, location)
    return path if source == "body" else path[:1]


def _cors(origins: str) -> CORSConfig | None:
    """Return the CORS settings for comma-separated origins: `*` allows any, an empty string none."""
    if not origins:
        return None
    first, *more = origins.split(",")
    return CORSConfig(
        allow_origin=first,
        extra_origins=more,
        allow_headers=["Content-Type", CORRELATION_HEADER],
        expose_headers=["Location", "Retry-After", CORRELATION_HEADER],
    )


def _correlation_id(event: APIGatewayProxyEvent) -> str:
    given = event.headers.get(CORRELATION_HEADER, "")
    usable = 0 < len(given) <= 128 and given.isascii() and given.isprintable()
    return given if usable else _request_id(event)


def _request_id(event: APIGatewayProxyEvent) -> str:
    return event.request_context.request_id or "unknown"


def _json(value: Any) -> str:
    """Serialize a body without ASCII escapes.

    A function's response is JSON in which the body is a string, so escapes would be escaped again: a Chinese
    character would take seven bytes instead of three, and a response is limited to 6 MB.
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=Encoder)


def _json_object(body: str) -> Any:
    """Parse the body of a request.

    Raises:
        ApiError: The body is too large.
        JSONDecodeError: The body is not a JSON object. Powertools reports this as an invalid request.
    """
    if len(body) > MAX_BODY_BYTES or len(body.encode(errors="surrogateescape")) > MAX_BODY_BYTES:
        message = f"must be at most {MAX_BODY_BYTES} bytes"
        raise ApiError(
            ProblemType.TOO_LARGE, f"The body {message}.", errors=[FieldError(field="body", message=message)]
        )
    try:
        value = strict_json.loads(body, max_depth=_MAX_BODY_DEPTH)
    except strict_json.InvalidJson as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
    if not isinstance(value, dict):
        raise json.JSONDecodeError("the body must be a JSON object", "", 0)
    return value


def _json_content_only(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    refusal = _unsupported(app)
    if refusal is not None:
        raise refusal
    return next_middleware(app)


def _expected_parts_only(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Middleware that rejects what the route does not define, which Powertools would ignore."""
    unexpected = unexpected_parts(app)
    if unexpected:
        raise invalid_fields(unexpected)
    return next_middleware(app)


def _unsupported(app: APIGatewayRestResolver) -> ApiError | None:
    """Return an error for the body of a route with a media type other than JSON, or without one."""
    event = app.current_event
    media_type = event.headers.get("Content-Type", "").partition(";")[0]
    is_json = media_type == "application/json"
    if not takes_body(app) or is_json or not (media_type or event.body):
        return None
    reason = f"not {media_type}" if media_type else "but the request has no Content-Type"
    return ApiError(ProblemType.UNSUPPORTED_MEDIA_TYPE, f"The body must be application/json, {reason}.")


def _problem(
    app: APIGatewayRestResolver, error: Exception, unavailable: tuple[type[Exception], ...]
) -> ApiError:
    match error:
        case ApiError():
            return error
        case RequestUnsupportedContentType():
            return ApiError(ProblemType.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.")
        case RequestValidationError():
            return _invalid(app, error)
        case _ if isinstance(error, (ClientError, BotoCoreError, *unavailable)):
            return _unavailable(error)
        case _:
            return _internal(error)


def _invalid(app: APIGatewayRestResolver, error: RequestValidationError) -> ApiError:
    errors: list[dict[str, Any]] = list(error.errors())
    if errors and errors[0]["type"] == "json_invalid":
        reason = errors[0]["ctx"]["error"]
        return ApiError(
            ProblemType.INVALID_REQUEST,
            f"The body is not valid JSON: {reason}",
            errors=[FieldError(field="body", message=reason)],
        )
    return invalid_fields(field_errors(errors) + unexpected_parts(app))


def invalid_fields(fields: list[FieldError]) -> ApiError:
    """Create the error for a request with invalid fields."""
    names = ", ".join(sorted({each.field for each in fields}))
    return ApiError(ProblemType.INVALID_REQUEST, f"Invalid fields: {names}.", errors=fields)


def _unavailable(error: Exception) -> ApiError:
    logger.error("AWS call failed", reason=str(error))
    return ApiError(
        ProblemType.UNAVAILABLE,
        "A service behind the API rejected the call or is unavailable; retry the same request.",
        retry_after=RETRY_AFTER_SECONDS,
    )


def _internal(error: Exception) -> ApiError:
    logger.exception("request failed", exc_info=error)
    return ApiError(
        ProblemType.INTERNAL, "The request failed; look up the request id in the logs for the reason."
    )


def problem_of(app: APIGatewayRestResolver | APIGatewayRouter, error: ApiError) -> Problem:
    """Create the problem that reports an error to the client of the current request."""
    return Problem(
        type=error.problem.uri,
        title=error.problem.title,
        status=error.problem.status,
        detail=error.detail,
        requestId=_request_id(app.current_event),
        errors=error.errors,
    )


def _answer(app: APIGatewayRestResolver, error: ApiError) -> Response[str]:
    problem = problem_of(app, error)
    headers = {CORRELATION_HEADER: correlation_id(app)}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Response(
        status_code=HTTPStatus(error.problem.status),
        content_type=CONTENT_TYPE,
        body=_json(problem.model_dump(mode="json", by_alias=True)),
        headers=dict(headers),
    )
