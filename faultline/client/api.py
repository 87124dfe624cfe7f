"""Low-level HTTP client that sends single requests and returns their raw responses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from faultline.client.connection import TIMEOUT_SECONDS, OfProcess, connection_settings, unreachable
from faultline.client.errors import InvalidTaskId, described

_TASK_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Response of the API.

    Attributes:
        status: HTTP status.
        body: Parsed JSON, or the text of a body that is not JSON.
        headers: Headers, with names that ignore case.
    """

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def problem(self) -> str:
        """Describe the failure in one line, using the problem details if there are any."""
        return described(self.status, self.body)


def task_path(task_id: str) -> str:
    """Return the path of a task below the API's URL.

    Raises:
        InvalidTaskId: If the id is not valid. In a URL it might refer to another task, as `x/../y` refers
            to `y`.
    """
    if not _TASK_ID.fullmatch(task_id) or task_id in (".", ".."):
        raise InvalidTaskId(
            f"{task_id!r} is not a task id: use 1 to 128 letters, digits and _ . : - but not . or .."
        )
    return f"/tasks/{task_id}"


def answer_of(response: httpx.Response) -> Answer:
    """Convert an httpx response to an Answer."""
    try:
        body = response.json()
    except ValueError:
        body = response.text
    return Answer(status=response.status_code, body=body, headers=response.headers)


class ApiClient:
    """Client that returns the raw responses of the API at `url`, without retries. It is thread-safe.

    Most programs should use `Client` instead. Every call raises ApiUnreachable if there is no response.
    """

    def __init__(
        self, url: str, api_key: str | None = None, *, timeout: float | None = TIMEOUT_SECONDS
    ) -> None:
        self.url = url.rstrip("/")
        self._http = OfProcess(httpx.Client, lambda: connection_settings(self.url, api_key, timeout))

    def close(self) -> None:
        """Close the connections."""
        self._http().close()

    def submit(self, submission: dict[str, Any], *, wait_seconds: int = 0) -> Answer:
        """Submit a task, and wait up to `wait_seconds`, at most 25, for it to end."""
        return self.call("POST", "/tasks", json=submission, params=waiting(wait_seconds))

    def task(self, task_id: str, *, wait_seconds: int = 0) -> Answer:
        """Read a task, after waiting up to `wait_seconds`, at most 25, for it to end.

        Raises:
            InvalidTaskId: If the id is not valid.
        """
        return self.call("GET", task_path(task_id), params=waiting(wait_seconds))

    def tasks(self, **query: Any) -> Answer:
        """List tasks.

        Args:
            query: Query parameters of `GET /tasks`, such as `status`, `limit` and `nextToken`; a list is sent
                as a repeated parameter.
        """
        return self.call("GET", "/tasks", params=query)

    def stats(self, window: str) -> Answer:
        """Read the statistics of the stage.

        Args:
            window: Time window in which dead letters are counted: `15m`, `1h` or `24h`.
        """
        return self.call("GET", "/stats", params={"window": window})

    def kinds(self) -> Answer:
        """List the kinds of work."""
        return self.call("GET", "/kinds")

    def pause(self, kind: str, *, reason: str | None = None) -> Answer:
        """Pause a kind of work."""
        body = {} if reason is None else {"reason": reason}
        return self.call("PUT", f"/kinds/{quote(kind, safe='')}/pause", json=body)

    def resume(self, kind: str) -> Answer:
        """Resume a paused kind of work."""
        return self.call("DELETE", f"/kinds/{quote(kind, safe='')}/pause")

    def cancel(self, task_id: str) -> Answer:
        """Cancel a task.

        Raises:
            InvalidTaskId: If the id is not valid.
        """
        return self.call("DELETE", task_path(task_id))

    def run(self, task_id: str) -> Answer:
        """Run a waiting task now.

        Raises:
            InvalidTaskId: If the id is not valid.
        """
        return self.call("POST", f"{task_path(task_id)}/run")

    def redrive(self, task_id: str, payload: dict[str, Any] | None = None) -> Answer:
        """Redrive a dead letter, with a corrected payload if one is given.

        Raises:
            InvalidTaskId: If the id is not valid.
        """
        body = None if payload is None else {"payload": payload}
        return self.call("POST", f"{task_path(task_id)}/redrive", json=body)

    def redrive_many(self, request: dict[str, Any]) -> Answer:
        """Redrive the dead letters that match a filter.

        Args:
            request: Body with `filter`, and optionally `dryRun`, `limit`, `payloadPatch` and `nextToken`.
        """
        return self.call("POST", "/redrives", json=request)

    def cancel_many(self, request: dict[str, Any]) -> Answer:
        """Cancel the tasks that match a filter.

        Args:
            request: Body with `filter`, and optionally `dryRun`, `limit` and `nextToken`.
        """
        return self.call("POST", "/cancellations", json=request)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | str | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send an arbitrary request.

        Args:
            method: HTTP method.
            path: Path relative to the API's URL.
            json: JSON body.
            data: Raw body, instead of `json`.
            params: Query parameters. Those that are None are omitted; a list is sent as a repeated parameter.
            headers: Additional headers. Those that are None are omitted.
            timeout: Timeout in seconds; None for that of the client.
        """
        try:
            response = self._http().request(
                method,
                f"{self.url}{path}",
                json=json,
                content=data,
                params=given(params),
                headers=given(headers),
                timeout=timeout_or_default(timeout),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(self.url, error) from error
        return answer_of(response)


def waiting(seconds: int) -> dict[str, int]:
    """Return the query parameter that makes a call wait; empty for 0 seconds."""
    return {"waitSeconds": seconds} if seconds else {}


def timeout_or_default(seconds: float | None) -> Any:
    """Return the `timeout` of a request to httpx, by default that of its client."""
    return httpx.USE_CLIENT_DEFAULT if seconds is None else seconds


def given(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return parameters or headers without those that are None; None if none are left."""
    return {name: value for name, value in (values or {}).items() if value is not None} or None
