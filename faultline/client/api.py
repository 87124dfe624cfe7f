"""The API's raw answers, one request each: what the clients and the tests are built on."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from faultline.client.errors import ApiUnreachable, InvalidTaskId, described
from lambdas.http.authentication import API_KEY_HEADER

TIMEOUT_SECONDS = 30
"""Longer than API Gateway itself waits for a function, which is 29 s:
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

_KEPT_CONNECTIONS = 32
_CERTIFICATE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""boto3 reads the first two, in this order (`_get_verify_value` in botocore/endpoint.py):
https://docs.aws.amazon.com/boto3/latest/guide/configuration.html"""

_TASK_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response of the API.

    Attributes:
        body: The parsed JSON, or the text of a body that is not JSON.
        headers: Read by their names in any case.
    """

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    def problem(self) -> str:
        """Describe the failure in one line, from problem+json where the body is that."""
        return described(self.status, self.body)


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


def connection_settings(url: str, api_key: str | None) -> dict[str, Any]:
    """Return the settings of an httpx client that calls the API at `url`.

    On AWS the API has HTTPS, and is reached through HTTPS_PROXY where that is set, as AWS's own tools do it.
    A sandbox on this machine has plain HTTP, and proxies are not meant for it.
    """
    is_remote = url.lower().startswith("https:")
    return {
        "headers": {} if api_key is None else {API_KEY_HEADER: api_key},
        "timeout": TIMEOUT_SECONDS,
        "trust_env": is_remote,
        "verify": _trusted(_authorities()) if is_remote else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        # As many connections as there are calls at once; so many are kept.
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS),
    }


def _authorities() -> str | None:
    """Return the file of certificates that the environment names."""
    return next(filter(None, map(os.environ.get, _CERTIFICATE_VARIABLES)), None)


@cache
def _trusted(authorities: str | None) -> ssl.SSLContext:
    """Return the certificates to trust. httpx reads their file again for each client, in 20 ms."""
    if authorities is not None:
        return ssl.create_default_context(cafile=authorities)
    return httpx.create_ssl_context(trust_env=False)


def answer_of(response: httpx.Response) -> Answer:
    """Return a response as an answer."""
    try:
        body = response.json()
    except ValueError:
        body = response.text
    return Answer(status=response.status_code, body=body, headers=response.headers)


def unreachable(url: str, error: httpx.HTTPError | httpx.InvalidURL) -> ApiUnreachable:
    """Return an error of httpx as one of the client's."""
    never_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
    reason = str(error) or type(error).__name__
    return ApiUnreachable(f"{url} does not answer: {reason}", sent=not isinstance(error, never_sent))


class ApiClient:
    """Client for single requests to the API at `url`, with an API key if it needs one. Threads may share it.

    Every call raises ApiUnreachable when there is no response, and none is repeated: `Client` is for
    programs, this one for what has to see each answer as it is.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(**connection_settings(self.url, api_key))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(self, submission: dict[str, Any], *, wait_seconds: int = 0) -> Answer:
        """Submit a task, and wait for so many seconds, at most 25, for it to end."""
        return self.call("POST", "/tasks", json=submission, params=waiting(wait_seconds))

    def task(self, task_id: str, *, wait_seconds: int = 0) -> Answer:
        """Read a task when it has ended, or after so many seconds, at most 25. Raises InvalidTaskId."""
        return self.call("GET", task_path(task_id), params=waiting(wait_seconds))

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

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | str | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send any request.

        Args:
            method: The HTTP method.
            path: The path below the API's URL.
            json: The body, if it is JSON.
            data: The body otherwise.
            params: The query's parameters; one that is None is left out, a list is repeated.
            headers: Further headers; one that is None is left out.
        """
        try:
            response = self._http.request(
                method,
                f"{self.url}{path}",
                json=json,
                content=data,
                params=given(params),
                headers=given(headers),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(self.url, error) from error
        return answer_of(response)


def waiting(seconds: int) -> dict[str, int]:
    """Return the parameter that has a call wait."""
    return {"waitSeconds": seconds} if seconds else {}


def given(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return parameters or headers without those that are None; None if none is left."""
    return {name: value for name, value in (values or {}).items() if value is not None} or None
