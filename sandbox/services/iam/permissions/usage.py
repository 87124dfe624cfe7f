"""What functions were allowed, each once: who did what to what, and where in the code.

GET /_faultline/permissions  {permissions: [{function, action, resource, caller}], complete}

`complete` is false when there were too many to remember. The caller is the module that called, as the
function's process tells in a header; null where it does not.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="arg-type"

import json
import threading
from typing import NamedTuple

from localstack.http import Request, Response

PATH = "/_faultline/permissions"
CALLER_HEADER = "X-Faultline-Caller"
MOST = 10_000


class Seen(NamedTuple):
    """A function, an action that it was allowed on a resource, and the module that asked for it."""

    function: str
    action: str
    resource: str | None
    caller: str | None


class Record:
    """A set with a limit; threads may share it."""

    def __init__(self) -> None:
        self._seen = set[Seen]()
        self._complete = True
        self._lock = threading.Lock()

    def add(self, seen: Seen) -> None:
        if seen in self._seen:
            return
        with self._lock:
            if len(self._seen) < MOST:
                self._seen.add(seen)
            else:
                self._complete = False

    def as_json(self) -> str:
        with self._lock:
            found = sorted(self._seen, key=str)
            return json.dumps({"permissions": [each._asdict() for each in found], "complete": self._complete})


RECORD = Record()


def serve() -> None:
    """Add the route; it comes before AWS's in LocalStack's chain of handlers."""
    from localstack.services.edge import ROUTER

    ROUTER.add(PATH, _get, methods=["GET"])


def _get(_request: Request) -> Response:
    return Response(RECORD.as_json(), content_type="application/json")
