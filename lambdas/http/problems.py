"""Problems of the HTTP API (RFC 9457, `application/problem+json`), and the list of their types."""

from enum import Enum
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from lambdas.domain.serialization import JsonModel

CONTENT_TYPE = "application/problem+json"


class ProblemType(Enum):
    """Type of a problem: the last part of its `type`, its status and its title."""

    INVALID_REQUEST = ("invalid-request", HTTPStatus.BAD_REQUEST, "The request is not valid")
    UNAUTHORIZED = ("unauthorized", HTTPStatus.UNAUTHORIZED, "The request is not authorized")
    FORBIDDEN = ("forbidden", HTTPStatus.FORBIDDEN, "The request is not allowed")
    INVALID_API_KEY = ("invalid-api-key", HTTPStatus.FORBIDDEN, "The API key is missing or not valid")
    INVALID_SIGNATURE = ("invalid-signature", HTTPStatus.FORBIDDEN, "The signature is not valid")
    REFUSED = ("refused", HTTPStatus.BAD_REQUEST, "The request is refused")
    """Refused by API Gateway for a reason without a type of its own; the status may differ."""
    NOT_FOUND = ("not-found", HTTPStatus.NOT_FOUND, "There is nothing here")
    TASK_ID_TAKEN = ("task-id-taken", HTTPStatus.CONFLICT, "The task id is taken by a different task")
    NOT_CANCELLABLE = ("not-cancellable", HTTPStatus.CONFLICT, "The task has ended")
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
    INTERNAL = ("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke on our side")
    UNAVAILABLE = ("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The service cannot take this now")
    TIMEOUT = ("timeout", HTTPStatus.GATEWAY_TIMEOUT, "The service did not answer in time")

    def __init__(self, slug: str, status: HTTPStatus, title: str) -> None:
        self.uri = f"urn:faultline:problem:{slug}"
        self.status = status
        self.title = title


class FieldError(JsonModel):
    """One offending field: `{field: "payload.url", message: "..."}`."""

    field: Annotated[str, Field(description="Its path; of a list, with the position.")]
    message: Annotated[str, Field(description="What is wrong with it.")]


class Problem(JsonModel):
    """The body of an error: `{type, title, status, detail, requestId, errors}`."""

    type: Annotated[str, Field(description="`urn:faultline:problem:` and one of a fixed list of names.")]
    title: Annotated[str, Field(description="The type in words.")]
    # only advisory (RFC 9457); the gateway does not always know it
    status: Annotated[int | None, Field(description="The HTTP status.")] = None
    detail: Annotated[str, Field(description="What exactly is wrong, for people to read.")]
    request_id: str = Field(alias="requestId", description="The request, by which operators find the reason.")
    errors: list[FieldError] = Field(default_factory=list, description="Every offending field.")


class ApiError(Exception):
    """Error that is answered with a problem.

    Args:
        problem: Type of the problem.
        detail: What exactly is wrong, for people to read.
        errors: All offending fields.
        retry_after: Seconds after which the request may be repeated; sent as Retry-After.
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
