"""Exceptions of the client.

CallFailed
├── ApiProblem              the API refused the call, and returned a problem
├── ApiUnreachable          the API did not respond
├── UnexpectedResponse      the response is not of the expected type
├── InvalidSetting          the URL, the API key, a proxy or a CA bundle cannot be used
└── MissingApiKey           the stage requires an API key, and none is set

InvalidSetting and InvalidTaskId, both ValueErrors, are raised before a request is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lambdas.http.problems import ProblemType

if TYPE_CHECKING:
    from faultline.client.exchange import Submitted


class CallFailed(Exception):
    """Base class of the client's errors; the message is a single line.

    Attributes:
        task_id: Id of the task whose submission failed, with which it can be repeated safely; None for other
            calls.
        may_be_done: Whether an attempt at the call may have taken effect nevertheless.
        submitted: Outcomes of all tasks of a batch whose submission failed, in order; empty for other calls.
            A task about which nothing is known has neither a state nor a problem: it may exist, and can be
            submitted again with its `task_id`.
    """

    task_id: str | None = None
    may_be_done: bool = False
    submitted: "tuple[Submitted, ...]" = ()


class InvalidTaskId(ValueError):
    """The text is not a valid task id."""


class ApiUnreachable(CallFailed):
    """The API did not respond; the message says why.

    Attributes:
        sent: Whether the API may have received the request.
        may_pass: Whether the same request may succeed later, unlike one that cannot be sent at all.
    """

    def __init__(self, message: str, *, sent: bool = True, may_pass: bool = True) -> None:
        super().__init__(message)
        self.sent = self.may_be_done = sent
        self.may_pass = may_pass


class UnexpectedResponse(CallFailed):
    """A successful response is not of the type that the call returns."""


class InvalidSetting(CallFailed, ValueError):
    """The URL or API key of a client is malformed, or a proxy or CA bundle in its environment is unusable."""


class MissingApiKey(CallFailed):
    """The stage requires an API key and none is set; the message says how to create one."""


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """Error in a field of a request, such as `payload.url`."""

    field: str
    message: str


class ApiProblem(CallFailed):
    """The API refused the call (RFC 9457).

    Attributes:
        status: The HTTP status.
        type: Stable type of the problem, such as `urn:faultline:problem:not-found`; `about:blank` if the
            response is not from the API.
        title: Short summary of the type.
        detail: Human-readable explanation.
        errors: Errors of all invalid fields.
        request_id: Id of the request in the API's logs; None if the response has none.
        retry_after: Seconds after which the call may be retried; None if the response does not say.
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
        self._body = body

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to copy or unpickle the problem, for example in another process."""
        return partial(type(self), retry_after=self.retry_after), (self.status, self._body), self.__dict__

    def is_a(self, problem: ProblemType) -> bool:
        """Return whether the problem has the given type."""
        return self.type == problem.uri


def described(status: int, body: Any) -> str:
    """Describe an error response in one line, with its problem details if it has them."""
    if not isinstance(body, dict):
        return f"HTTP {status}: {one_line(body)[:200]}"
    detail = body.get("detail") or body.get("title") or body
    fields = "; ".join(f"{each.field}: {each.message}" for each in _field_errors(body))
    return one_line(f"HTTP {status}: {detail}{f' ({fields})' if fields else ''}")


def one_line(value: object) -> str:
    """Return a value as text without line breaks, such as those of a proxy's page."""
    return " ".join(str(value).split())


def _field_errors(body: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return the field errors in a body, ignoring malformed ones."""
    found = body.get("errors")
    return tuple(
        FieldError(field=str(each.get("field", "")), message=str(each.get("message", "")))
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
    )
