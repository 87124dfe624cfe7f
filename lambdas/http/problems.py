"""Problems that the HTTP API returns for errors (RFC 9457, `application/problem+json`)."""

from enum import Enum
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from lambdas.domain.serialization import JsonModel

CONTENT_TYPE = "application/problem+json"
NO_SUCH_PATH = "The API has no such path, or no such method on it."


class ProblemType(Enum):
    """Problem types, each with the last part of its URN, its HTTP status and its title."""

    INVALID_REQUEST = ("invalid-request", HTTPStatus.BAD_REQUEST, "The request is not valid")
    UNAUTHORIZED = ("unauthorized", HTTPStatus.UNAUTHORIZED, "The request is not authorized")
    FORBIDDEN = ("forbidden", HTTPStatus.FORBIDDEN, "The request is not allowed")
    INVALID_API_KEY = ("invalid-api-key", HTTPStatus.FORBIDDEN, "The API key is missing or not valid")
    INVALID_SIGNATURE = ("invalid-signature", HTTPStatus.FORBIDDEN, "The signature is not valid")
    REFUSED = ("refused", HTTPStatus.BAD_REQUEST, "The request was refused")
    """Any other refusal by API Gateway; the status may differ from this one."""
    NOT_FOUND = ("not-found", HTTPStatus.NOT_FOUND, "Not found")
    TASK_ID_TAKEN = ("task-id-taken", HTTPStatus.CONFLICT, "The task id is taken by a different task")
    NOT_CANCELLABLE = ("not-cancellable", HTTPStatus.CONFLICT, "The task cannot be cancelled")
    BATCH_ID_TAKEN = ("batch-id-taken", HTTPStatus.CONFLICT, "The batch id is taken by a different batch")
    NOT_REDRIVABLE = ("not-redrivable", HTTPStatus.CONFLICT, "The task is not a dead letter")
    NOT_RUNNABLE = ("not-runnable", HTTPStatus.CONFLICT, "The task cannot be run now")
    TOO_LARGE = ("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large")
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported-media-type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body must be application/json",
    )
    TOO_MANY_REQUESTS = ("too-many-requests", HTTPStatus.TOO_MANY_REQUESTS, "Too many requests")
    INTERNAL = ("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error")
    UNAVAILABLE = ("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The service is temporarily unavailable")
    TIMEOUT = ("timeout", HTTPStatus.GATEWAY_TIMEOUT, "The service did not respond in time")

    def __init__(self, slug: str, status: HTTPStatus, title: str) -> None:
        self.uri = f"urn:faultline:problem:{slug}"
        self.status = status
        self.title = title


class FieldError(JsonModel):
    """Error in a field of a request: `{field: "payload.url", message: "..."}`."""

    field: Annotated[str, Field(description="Path of the field, with positions for the elements of lists.")]
    message: Annotated[str, Field(description="Explanation of what is wrong.")]


class Problem(JsonModel):
    """Body of an error response: `{type, title, status, detail, requestId, errors}`."""

    type: Annotated[str, Field(description="Type of the problem: `urn:faultline:problem:` and a fixed name.")]
    title: Annotated[str, Field(description="Short summary of the type.")]
    # Only advisory (RFC 9457); the gateway does not always know it.
    status: Annotated[int | None, Field(description="HTTP status.")] = None
    detail: Annotated[str, Field(description="Human-readable explanation.")]
    request_id: str = Field(
        alias="requestId", description="Id of the request, by which operators find it in the logs."
    )
    errors: list[FieldError] = Field(default_factory=list, description="Errors of all invalid fields.")


class ApiError(Exception):
    """An error that is returned to the client as a problem.

    Args:
        problem: Type of the problem.
        detail: Human-readable explanation.
        errors: Errors of all invalid fields.
        retry_after: Seconds after which the request may be repeated, sent as Retry-After; None to send none.
    """

    def __init__(
        self,
        problem: ProblemType,
        detail: str,
        *,
        errors: list[FieldError] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.errors = errors or []
        self.retry_after = retry_after
