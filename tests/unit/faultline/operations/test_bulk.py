"""Series of bulk calls, with predefined answers in the API's form."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from typing import Any

import pytest

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from faultline.operations import bulk
from faultline.operations.bulk import Progress, preview, repeat
from faultline.operations.errors import OperationFailed, Unanswered

FILTER = {"category": "NETWORK", "diedBefore": "2026-01-01T12:00:00.000Z"}


def ok(done: int, *, failed: int = 0, token: str | None = None) -> Answer:
    body: dict[str, Any] = {
        "done": done,
        "failed": [{"taskId": f"task-{n}", "problem": {}} for n in range(failed)],
        "more": token is not None,
        **({"nextToken": token} if token else {}),
    }
    return Answer(status=202, body=body, headers={})


def refused(status: int, **headers: str) -> Answer:
    return Answer(status=status, body={"detail": "no"}, headers=headers)


class Api:
    """An API that gives its answers in turn and records the requests."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers: Iterator[Answer | Exception] = iter(answers)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> Answer:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found = list[float]()

    class Unset(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            found.append(timeout)
            return False

    monkeypatch.setattr(bulk, "Event", Unset)
    return found


def run(api: Api, progress: Progress, *, limit: int | None = None) -> list[int]:
    told = list[int]()
    repeat(
        api,
        {"payloadPatch": {"a": 1}},
        progress,
        limit=limit,
        pause_seconds=1.0,
        tell=lambda now: told.append(now.done),
    )
    return told


def test_each_call_goes_on_from_the_one_before(pauses: list[float]) -> None:
    """Each call sends the previous answer's token; a call that changed nothing is followed at once."""
    api, progress = Api(ok(100, token="a"), ok(0, failed=2, token="b"), ok(7)), Progress(filter=FILTER)
    assert run(api, progress) == [100, 100, 107]
    same = {"payloadPatch": {"a": 1}, "filter": FILTER, "limit": 100}
    assert api.asked == [same, same | {"nextToken": "a"}, same | {"nextToken": "b"}]
    assert (len(progress.failed), progress.more) == (2, False)
    assert pauses == [1.0]


@pytest.mark.usefixtures("pauses")
def test_calls_end_at_the_limit() -> None:
    api, progress = Api(ok(100, token="a"), ok(20, token="b")), Progress(filter=FILTER)
    run(api, progress, limit=120)
    assert [each["limit"] for each in api.asked] == [100, 20]
    assert progress.more


def test_a_call_that_is_not_answered_is_repeated(pauses: list[float]) -> None:
    """A failed or unanswered call is repeated with its token, after Retry-After or the usual pause."""
    again = (ApiUnreachable("gone"), refused(503, **{"Retry-After": "7"}), refused(504))
    api, progress = Api(ok(1, token="a"), *again, ok(2)), Progress(filter=FILTER)
    run(api, progress)
    assert progress.done == 3
    assert {each.get("nextToken") for each in api.asked[1:]} == {"a"}
    assert pauses == [1.0, bulk.PAUSE_SECONDS, 7.0, bulk.PAUSE_SECONDS]


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([refused(400)], OperationFailed),
        ([refused(429)] * bulk.MAX_TRIES, OperationFailed),
        ([refused(503)] * bulk.MAX_TRIES, Unanswered),
        ([refused(504)] * bulk.MAX_TRIES, Unanswered),
        ([ApiUnreachable("gone")] * bulk.MAX_TRIES, ApiUnreachable),
    ],
    ids=["refused", "never now", "unavailable", "no answer", "never answered"],
)
def test_a_call_that_fails_ends_it(answers: list[Answer | Exception], error: type[Exception]) -> None:
    """A refused call, or one that keeps failing, ends a series; the progress counts the changes so far."""
    api, progress = Api(ok(5, token="a"), *answers), Progress(filter=FILTER)
    with pytest.raises(error):
        run(api, progress)
    assert (progress.done, progress.more) == (5, True)
    assert len(api.asked) == 1 + len(answers)


@pytest.mark.parametrize("last", [ok(100, token="b"), refused(503), ApiUnreachable("gone")])
def test_no_call_is_made_after_a_stop(last: Answer | Exception) -> None:
    """A stop during a call ends the series after it, without a pause or another try of the call."""
    stop, api, progress = Event(), Api(ok(100, token="a"), last), Progress(filter=FILTER)

    def call(request: dict[str, Any]) -> Answer:
        if "nextToken" in request:
            stop.set()
        return api(request)

    failures = () if isinstance(last, Answer) and last.ok else (ApiUnreachable, OperationFailed)
    with suppress(*failures):
        repeat(call, {}, progress, limit=None, pause_seconds=0.01, tell=lambda _: None, stop=stop)
    assert (len(api.asked), progress.done, progress.more) == (2, 100 if failures else 200, True)


@pytest.mark.parametrize(("said", "pause"), [("30", 30.0), ("0", 0.0), ("\u00b2", 2.0), ("soon", 2.0)])
def test_a_retry_after_is_obeyed(pauses: list[float], said: str, pause: float) -> None:
    """A text that is not a number is ignored: `\u00b2` is a digit for Python, but no number."""
    api = Api(refused(429, **{"Retry-After": said}), ok(1))
    run(api, Progress(filter=FILTER))
    assert pauses == [pause]


def test_a_long_retry_after_is_not_waited_for(pauses: list[float]) -> None:
    """A quota that is spent for the day ends a series and a preview at once."""
    spent = refused(429, **{"Retry-After": "3600"})
    progress = Progress(filter=FILTER)
    with pytest.raises(OperationFailed, match=r"^HTTP 429: no \(try again in 3,600 s\)$"):
        run(Api(ok(5, token="a"), spent), progress)
    with pytest.raises(OperationFailed, match="HTTP 429"):
        preview(Api(spent), {"filter": FILTER})
    assert (pauses, progress.done, progress.more) == ([1.0], 5, True)


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    ("lost", "error"),
    [
        (ApiUnreachable("reset", sent=True), ApiUnreachable),
        (refused(502), Unanswered),
        (refused(503), Unanswered),
        (refused(504), Unanswered),
    ],
    ids=["reset", "502", "503", "504"],
)
def test_a_limit_is_not_exceeded_if_a_response_is_lost(
    lost: Answer | Exception, error: type[Exception]
) -> None:
    """With a limit, a call that may have been performed is not sent again; without one, it is."""
    api, progress = Api(ok(100, token="a"), lost), Progress(filter=FILTER)
    with pytest.raises(error):
        run(api, progress, limit=120)
    assert [each["limit"] for each in api.asked] == [100, 20]
    assert (progress.done, progress.perhaps) == (100, 20)
    unlimited = Progress(filter=FILTER)
    run(Api(lost, ok(5)), unlimited)
    assert (unlimited.done, unlimited.perhaps) == (5, 0)


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize("refusal", [ApiUnreachable("refused", sent=False), refused(429)])
def test_a_call_with_a_limit_is_repeated_if_it_was_not_performed(refusal: Answer | Exception) -> None:
    api, progress = Api(refusal, ok(5, token="a")), Progress(filter=FILTER)
    run(api, progress, limit=5)
    assert (len(api.asked), progress.done, progress.perhaps) == (2, 5, 0)


@pytest.mark.usefixtures("pauses")
def test_a_call_that_never_arrived_has_changed_nothing() -> None:
    progress = Progress(filter=FILTER)
    with pytest.raises(ApiUnreachable):
        run(Api(*[ApiUnreachable("refused", sent=False)] * bulk.MAX_TRIES), progress, limit=5)
    assert progress.perhaps == 0


def test_a_preview_changes_nothing() -> None:
    api = Api(Answer(status=200, body={"matched": 3}, headers={}))
    assert preview(api, {"filter": FILTER}) == {"matched": 3}
    assert api.asked == [{"filter": FILTER, "dryRun": True}]
