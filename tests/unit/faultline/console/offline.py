"""A gateway of the console without a stage."""

from threading import Event
from typing import Any

import boto3

from faultline.client.api import Answer, ApiClient
from faultline.console.gateway import Gateway
from infra.stages import stage
from tests.eventually import DEADLINE_SECONDS

NOWHERE = "http://127.0.0.1:9"


def gateway(api: ApiClient | None = None, *, is_writable: bool = True) -> Gateway:
    """Return a gateway with a client, by default one whose calls reach nothing."""
    return Gateway(
        api=api or ApiClient(NOWHERE),
        session=boto3.Session(region_name="us-east-1"),
        settings=stage("dev"),
        description="nowhere",
        endpoint_url=None,
        place=(),
        is_writable=is_writable,
    )


class BulkApi(ApiClient):
    """A client whose dry runs find some tasks, and whose other calls have given answers.

    Attributes:
        sent: Bodies of the calls.
        refusals: Statuses of the next dry runs, which fail.
        gate: Event for which each call waits.
    """

    def __init__(self, *answers: dict[str, Any], matched: int = 3) -> None:
        super().__init__(NOWHERE)
        self.answers = [*answers]
        self.matched = matched
        self.refusals: list[int] = []
        self.sent: list[dict[str, Any]] = []
        self.gate = Event()
        self.gate.set()

    @property
    def changes(self) -> int:
        """Number of calls other than dry runs."""
        return sum("dryRun" not in body for body in self.sent)

    def call(self, method: str, path: str, **given: Any) -> Answer:
        request: dict[str, Any] = given.get("json") or {}
        self.sent.append(request)
        self.gate.wait(DEADLINE_SECONDS)
        if "dryRun" in request:
            if self.refusals:
                return Answer(status=self.refusals.pop(), body={"detail": "not now"}, headers={})
            wanted = {**request["filter"], "submittedBefore": "2026-01-31T12:00:00.000Z"}
            body: dict[str, Any] = {"matched": self.matched, "more": False, "filter": wanted, "sample": []}
            return Answer(status=200, body=body, headers={})
        answer = self.answers.pop(0)
        return Answer(status=answer.get("status", 202), body={"failed": [], **answer}, headers={})
