"""The permissions that functions used: each action and resource once, with the calling module.

GET /_faultline/permissions  {permissions: [{function, action, resource, caller}], complete}

`complete` is false if there were more than 10,000. `caller` is the calling module, which the function's
process sends in a header; null without it.
"""

import json
import threading
from typing import NamedTuple

from localstack.http import Request, Response

PATH = "/_faultline/permissions"
CALLER_HEADER = "X-Faultline-Caller"
MAX_SEEN = 10_000


class Seen(NamedTuple):
    """A permission that a function has used, with the calling module."""

    function: str
    action: str
    resource: str | None
    caller: str | None


class Record:
    """A set of used permissions with a size limit. Thread-safe."""

    def __init__(self) -> None:
        self._seen = set[Seen]()
        self._complete = True
        self._lock = threading.Lock()

    def add(self, seen: Seen) -> None:
        """Add a used permission, unless the limit is reached."""
        if seen in self._seen:
            return
        with self._lock:
            if len(self._seen) < MAX_SEEN:
                self._seen.add(seen)
            else:
                self._complete = False

    def as_json(self) -> str:
        """Return the permissions as the body of the API's response."""
        with self._lock:
            found = sorted(self._seen, key=str)
            return json.dumps({"permissions": [each._asdict() for each in found], "complete": self._complete})


RECORD = Record()


def install() -> None:
    """Add the route for PATH, which LocalStack tries before it handles a request as a call to AWS."""
    from localstack.services.edge import ROUTER

    ROUTER.add(PATH, _get, methods=["GET"])


def _get(_request: Request) -> Response:
    return Response(RECORD.as_json(), content_type="application/json")
