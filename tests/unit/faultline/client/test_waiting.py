"""Waiting for a task by the client."""

from typing import Any

from faultline.client.api import Answer, ApiClient
from faultline.client.waiting import wait_for_end


class Api(ApiClient):
    """Answers in turn; the last answer again and again. A call takes as long as it was asked to wait."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        super().__init__("http://127.0.0.1:9")  # nothing listens there
        self.answers = [*answers]
        self.waits: list[int] = []
        self.now = 0.0

    def task(self, task_id: str, *, wait_seconds: int = 0) -> Answer:
        self.waits.append(wait_seconds)
        self.now += wait_seconds
        status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body: Any = {"status": text} if status == 200 else {"detail": text}
        return Answer(status=status, body=body, headers={})

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, seconds: float) -> Answer:
        return wait_for_end(self, "t", seconds, clock=lambda: self.now, sleep=self.sleep)


def test_it_calls_until_the_task_has_ended() -> None:
    api = Api((200, "QUEUED"), (200, "PROCESSING"), (200, "SUCCEEDED"))
    assert api.wait(600).body["status"] == "SUCCEEDED"
    assert api.waits == [25, 25, 25]


def test_it_ends_when_the_time_is_over() -> None:
    """With the task as it is."""
    api = Api((200, "QUEUED"))
    assert api.wait(60).body["status"] == "QUEUED"
    assert api.waits == [25, 25, 10, 0]


def test_without_time_it_calls_once() -> None:
    api = Api((200, "QUEUED"))
    assert api.wait(0).body["status"] == "QUEUED"
    assert api.waits == [0]


def test_it_goes_on_after_an_error_that_may_pass() -> None:
    assert Api((503, "away"), (504, "late"), (429, "many"), (200, "CANCELLED")).wait(600).ok
    assert Api((503, "away")).wait(60).status == 503


def test_an_error_that_does_not_pass_ends_it() -> None:
    api = Api((404, "nothing"))
    assert api.wait(60).status == 404
    assert api.waits == [25]
