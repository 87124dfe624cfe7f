"""Errors of the client, as one tree.

CallFailed
├── ApiProblem              the API refused the call; carries the problem that it answered
├── ApiUnreachable          the API did not answer
├── UnexpectedAnswer        something answered that is not this API
└── MissingApiKey           the stage wants an API key, and none is set

InvalidTaskId, a ValueError, is raised before anything is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.http.problems import ProblemType


class CallFailed(Exception):
    """Base of the client's errors; the message is one line."""


class InvalidTaskId(ValueError):
    """A text cannot be a task's id; the message is one line that says so."""


class ApiUnreachable(CallFailed):
    """The API did not answer; the message is one line that says why.

    Attributes:
        sent: Whether the API may have got the request.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class UnexpectedAnswer(CallFailed):
    """A successful answer is not what the call is answered with; the message is one line."""


class MissingApiKey(CallFailed):
    """The stage requires an API key and none is set; the message is one line that says where to get one."""


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One offending field of a request, such as `payload.url`."""

    field: str
    message: str


class ApiProblem(CallFailed):
    """The API refused the call (RFC 9457).

    Attributes:
        status: The HTTP status.
        type: The problem's stable type, such as `urn:faultline:problem:not-found`; `about:blank` when the
            answer is not the API's own.
        title: What the type means.
        detail: What exactly is wrong.
        errors: Every offending field.
        request_id: Leads to the request in the API's logs; None if the answer names none.
        retry_after: Seconds after which the call may be repeated; None if the answer does not say.
    """

    def __init__(self, status: int, body: Any, *, retry_after: float | None = None) -> None:
        super().__init__(described(status, body))
        given: Mapping[str, Any] = body if isinstance(body, dict) else {}
        self.status = status
        self.type = str(given.get("type", "about:blank"))
        self.title = str(given.get("title", ""))
        self.detail = str(given.get("detail", ""))
        self.errors = _field_errors(given)
        self.request_id: str | None = given.get("requestId")
        self.retry_after = retry_after

    def is_a(self, problem: ProblemType) -> bool:
        """Return whether the problem is of a type."""
        return self.type == problem.uri


def described(status: int, body: Any) -> str:
    """Describe an error response in one line, with its problem details if it has them."""
    if not isinstance(body, dict):
        return f"HTTP {status}: {str(body)[:200]}"
    detail = body.get("detail") or body.get("title") or body
    fields = "; ".join(f"{each.field}: {each.message}" for each in _field_errors(body))
    return f"HTTP {status}: {detail}{f' ({fields})' if fields else ''}"


def _field_errors(body: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return the offending fields that a body names; it may be that of something else than the API."""
    found = body.get("errors")
    return tuple(
        FieldError(field=str(each.get("field", "")), message=str(each.get("message", "")))
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
    )
