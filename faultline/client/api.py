"""A client of the HTTP API, for the commands, the demonstration and the tests."""

from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

# A submission waits for a cold start at most; 29 s is what API Gateway itself waits
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
TIMEOUT_SECONDS = 30


class ApiUnreachable(Exception):
    """The API did not answer; one line says why."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the API; `body` is its JSON, or its text when it is none."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def problem(self) -> str:
        """What went wrong, in one line, from problem+json or whatever else came."""
        if not isinstance(self.body, dict):
            return f"HTTP {self.status}: {str(self.body)[:200]}"
        detail = self.body.get("detail") or self.body.get("title") or self.body
        fields = "; ".join(f"{each['field']}: {each['message']}" for each in self.body.get("errors", []))
        return f"HTTP {self.status}: {detail}{f' ({fields})' if fields else ''}"


class ApiClient:
    """Calls the API at `url`, as whom `auth` says. Threads may share it.

    Raises ApiUnreachable when no answer comes.
    """

    def __init__(self, url: str, auth: AuthBase | None = None) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = auth
        # The environment's proxies and .netrc are not meant for a laptop's sandbox.
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=32))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=32))

    def submit(self, submission: dict[str, Any]) -> Answer:
        return self.call("POST", "/tasks", json=submission)

    def task(self, task_id: str) -> Answer:
        return self.call("GET", f"/tasks/{task_id}")

    def tasks(self, **query: Any) -> Answer:
        """Query: status, limit, nextToken."""
        return self.call("GET", "/tasks", params=query)

    def cancel(self, task_id: str) -> Answer:
        return self.call("DELETE", f"/tasks/{task_id}")

    def redrive(self, task_id: str) -> Answer:
        return self.call("POST", f"/tasks/{task_id}/redrive")

    def redrive_many(self, request: dict[str, Any]) -> Answer:
        """Request: category, before, limit."""
        return self.call("POST", "/redrives", json=request)

    def call(self, method: str, path: str, **options: Any) -> Answer:
        """Any call; options as requests takes them."""
        try:
            response = self._session.request(method, f"{self.url}{path}", timeout=TIMEOUT_SECONDS, **options)
        except requests.RequestException as error:
            raise ApiUnreachable(f"{self.url} does not answer: {error}") from error
        try:
            body = response.json()
        except ValueError:
            body = response.text
        return Answer(status=response.status_code, body=body, headers=dict(response.headers))
