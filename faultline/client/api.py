"""The API client that the commands, the demonstration and the tests use."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

TIMEOUT_SECONDS = 30
"""Longer than API Gateway itself waits for a function, which is 29 s:
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

_MAX_CONNECTIONS = 32


_TASK_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)


class InvalidTaskId(ValueError):
    """A text cannot be a task's id; the message is one line that says so."""


class ApiUnreachable(Exception):
    """The API did not answer; the message is one line that says why."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response of the API.

    Attributes:
        body: The parsed JSON, or the text of a body that is not JSON.
    """

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    def problem(self) -> str:
        """Describe the failure in one line, from problem+json where the body is that."""
        if not isinstance(self.body, dict):
            return f"HTTP {self.status}: {str(self.body)[:200]}"
        detail = self.body.get("detail") or self.body.get("title") or self.body
        fields = "; ".join(f"{each['field']}: {each['message']}" for each in self.body.get("errors", []))
        return f"HTTP {self.status}: {detail}{f' ({fields})' if fields else ''}"


def task_path(task_id: str) -> str:
    """Return the path of a task below the API's URL.

    Raises:
        InvalidTaskId: If it is no id. As part of a URL it might name another task: `x/../y` is `y`.
    """
    if not _TASK_ID.fullmatch(task_id) or task_id in (".", ".."):
        raise InvalidTaskId(
            f"{task_id!r} is no task id: it has 1 to 128 letters, digits, and _ . : - and is not . or .."
        )
    return f"/tasks/{task_id}"


def _waiting(seconds: int) -> dict[str, int]:
    return {"waitSeconds": seconds} if seconds else {}


class ApiClient:
    """Calls the API at `url`, authenticated by `auth`. Threads may share a client.

    Every call raises ApiUnreachable when there is no response.
    """

    def __init__(self, url: str, auth: AuthBase | None = None) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = auth
        # Proxies and .netrc from the environment are not meant for a sandbox on this machine.
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=_MAX_CONNECTIONS))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=_MAX_CONNECTIONS))

    def submit(self, submission: dict[str, Any], *, wait_seconds: int = 0) -> Answer:
        """Submit a task, and wait for so many seconds, at most 25, for it to end."""
        return self.call("POST", "/tasks", json=submission, params=_waiting(wait_seconds))

    def task(self, task_id: str, *, wait_seconds: int = 0) -> Answer:
        """Read a task when it has ended, or after so many seconds, at most 25. Raises InvalidTaskId."""
        return self.call("GET", task_path(task_id), params=_waiting(wait_seconds))

    def tasks(self, **query: Any) -> Answer:
        """List tasks.

        Args:
            query: Parameters by their names, such as `status`, `limit` and `nextToken`; a list of states
                for several.
        """
        return self.call("GET", "/tasks", params=query)

    def stats(self, window: str) -> Answer:
        """Read statistics.

        Args:
            window: How far back dead letters are counted: `15m`, `1h` or `24h`.
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
        """Cancel a task. Raises InvalidTaskId."""
        return self.call("DELETE", task_path(task_id))

    def run(self, task_id: str) -> Answer:
        """Run a waiting task now. Raises InvalidTaskId."""
        return self.call("POST", f"{task_path(task_id)}/run")

    def redrive(self, task_id: str, payload: dict[str, Any] | None = None) -> Answer:
        """Redrive one dead letter, with a corrected payload if one is given. Raises InvalidTaskId."""
        body = None if payload is None else {"payload": payload}
        return self.call("POST", f"{task_path(task_id)}/redrive", json=body)

    def redrive_many(self, request: dict[str, Any]) -> Answer:
        """Redrive some dead letters.

        Args:
            request: `filter`, and any of `dryRun`, `limit`, `payloadPatch` and `nextToken`.
        """
        return self.call("POST", "/redrives", json=request)

    def cancel_many(self, request: dict[str, Any]) -> Answer:
        """Cancel some tasks.

        Args:
            request: `filter`, and any of `dryRun`, `limit` and `nextToken`.
        """
        return self.call("POST", "/cancellations", json=request)

    def call(self, method: str, path: str, **options: Any) -> Answer:
        """Send any request.

        Args:
            method: The HTTP method.
            path: The path below the API's URL.
            options: Keyword arguments of `requests.Session.request`.
        """
        try:
            response = self._session.request(method, f"{self.url}{path}", timeout=TIMEOUT_SECONDS, **options)
        except requests.RequestException as error:
            raise ApiUnreachable(f"{self.url} does not answer: {error}") from error
        try:
            body = response.json()
        except ValueError:
            body = response.text
        return Answer(status=response.status_code, body=body, headers=dict(response.headers))
