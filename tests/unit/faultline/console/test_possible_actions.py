"""Actions that the console offers for dead letters, which are not all tasks of clients."""

import pytest

from faultline.console.canary import is_of_records
from faultline.console.task_screen import possible_actions


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


def test_a_group_of_records_has_a_type_of_its_own() -> None:
    assert is_of_records({"type": "NotATask"})
    assert not is_of_records({"type": "ValueError"})
