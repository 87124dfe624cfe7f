"""A client of the Runtime API for `awslambdaric` where its native client is missing.

`awslambdaric` builds its native client, the module `runtime_client`, on Linux only. Its main loop works
with either client: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import ModuleType

_INVOCATION = "/2018-06-01/runtime/invocation"


def stand_in() -> None:
    """Make `import runtime_client` find this client, unless it finds the native one."""
    try:
        import runtime_client  # type: ignore[import-not-found] # noqa: F401
    except ImportError:
        sys.modules["runtime_client"] = _Client("runtime_client")


class _Client(ModuleType):
    """Replacements for the native module's functions. Like those, they raise RuntimeError on failure."""

    _user_agent: str
    _connection: HTTPConnection

    def initialize_client(self, user_agent: str) -> None:
        """Set the user agent, and prepare the connection to the Runtime API."""
        self._user_agent = user_agent
        # No timeout: the next invocation may be hours away.
        self._connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def next(self) -> tuple[bytes, dict[str, str | int | None]]:
        """Wait for an invocation, and return its event and headers; empty headers are None."""
        status, event, headers = self._call("GET", "/next", None, {})
        if status != HTTPStatus.OK:
            raise RuntimeError("Failed to get next")
        found: dict[str, str | int | None] = {name: value or None for name, value in headers.items()}
        return event, found | {"Lambda-Runtime-Deadline-Ms": int(headers["Lambda-Runtime-Deadline-Ms"])}

    def post_invocation_result(self, request_id: str, result: bytes, content_type: str) -> None:
        """Respond to an invocation."""
        status, *_ = self._call("POST", f"/{request_id}/response", result, {"Content-Type": content_type})
        if status != HTTPStatus.ACCEPTED:
            raise RuntimeError("Failed to post invocation response")

    def post_error(self, request_id: str, error: str, xray_cause: str) -> None:
        """Respond to an invocation that failed, with JSON for the caller and for X-Ray."""
        cause = {"Lambda-Runtime-Function-XRay-Error-Cause": xray_cause} if xray_cause else {}
        headers = {"Content-Type": "application/json", **cause}
        status, *_ = self._call("POST", f"/{request_id}/error", error.encode(), headers)
        if status != HTTPStatus.ACCEPTED:
            raise RuntimeError("Failed to post invocation error")

    def _call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        named = {"User-Agent": self._user_agent, **headers}
        encoded = {name: value.encode() for name, value in named.items()}
        try:
            self._connection.request(method, _INVOCATION + path, body, encoded)
            response = self._connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        except (OSError, HTTPException) as error:
            raise RuntimeError(f"The Runtime API does not answer: {error}") from error
