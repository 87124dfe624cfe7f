"""Actions that the console offers for dead letters, which are not all tasks of clients."""

from datetime import timedelta

import pytest

from faultline.console import formatting
from faultline.console.action import cancellation
from faultline.console.canary import is_of_records
from faultline.console.task_screen import possible_actions
from lambdas.domain.serialization import rfc3339


@pytest.mark.parametrize(
    ("task_id", "titles"),
    [
        ("T-1", ["Redrive", "Redrive with a correction", "Cancel task", "Submit a copy"]),
        ("callback:1f", ["Redrive", "Cancel task", "Submit a copy"]),
        ("message:1f", ["Cancel task"]),
    ],
    ids=["task", "delivery of a callback", "record of a message"],
)
def test_no_action_is_offered_that_the_api_always_refuses(task_id: str, titles: list[str]) -> None:
    task = {"taskId": task_id, "status": "DEAD_LETTERED", "history": [{"status": "DEAD_LETTERED"}]}
    offers = possible_actions(task)
    assert [offer if isinstance(offer, str) else offer.title for offer in offers] == titles


@pytest.mark.parametrize(
    ("minutes", "is_asked", "may_be_cancelled"), [(0, False, True), (14, True, False), (17, True, True)]
)
def test_a_lost_task_can_be_cancelled_though_that_was_asked_for(
    minutes: int, is_asked: bool, may_be_cancelled: bool
) -> None:
    """A cancellation is requested once, but a second request ends a task whose function has died."""
    begun = formatting.now() - timedelta(minutes=minutes)
    history = [{"status": "PROCESSING", "at": rfc3339(begun)}]
    task = {"taskId": "t", "status": "PROCESSING", "cancelRequested": is_asked, "history": history}
    assert (cancellation("t") in possible_actions(task)) is may_be_cancelled


def test_a_group_of_records_has_a_type_of_its_own() -> None:
    assert is_of_records({"type": "NotATask"})
    assert not is_of_records({"type": "ValueError"})
