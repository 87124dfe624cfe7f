"""Transitions between all pairs of states."""

from itertools import product

import pytest

from lambdas.domain.lifecycle import Status, may_become, sources

# The arrows of the lifecycle.
ARROWS = {
    (Status.SCHEDULED, Status.PENDING),  # its time has come
    (Status.PENDING, Status.QUEUED),
    (Status.PENDING, Status.PROCESSING),  # the message arrived before the task was marked as sent
    (Status.QUEUED, Status.PROCESSING),
    (Status.PROCESSING, Status.SUCCEEDED),
    (Status.PROCESSING, Status.RETRYING),
    (Status.PROCESSING, Status.PROCESSING),  # a lost attempt is followed by the next
    (Status.RETRYING, Status.PROCESSING),
    (Status.RETRYING, Status.QUEUED),  # a client asks for its retry now
    (Status.PENDING, Status.DEAD_LETTERED),  # SQS moves messages by their receive count alone
    (Status.QUEUED, Status.DEAD_LETTERED),
    (Status.RETRYING, Status.DEAD_LETTERED),
    (Status.PROCESSING, Status.DEAD_LETTERED),
    (Status.PROCESSING, Status.PARKED),  # the circuit of its dependency is open
    (Status.PENDING, Status.PARKED),  # another task of its ordering key comes first
    (Status.QUEUED, Status.PARKED),
    (Status.RETRYING, Status.PARKED),
    (Status.PARKED, Status.PENDING),  # released
    (Status.DEAD_LETTERED, Status.PENDING),  # redriven
    (Status.SCHEDULED, Status.CANCELLED),
    (Status.PROCESSING, Status.CANCELLED),  # a client had cancelled it when its attempt failed
    (Status.PENDING, Status.CANCELLED),
    (Status.QUEUED, Status.CANCELLED),
    (Status.RETRYING, Status.CANCELLED),
    (Status.PARKED, Status.CANCELLED),
    (Status.DEAD_LETTERED, Status.CANCELLED),
    (Status.SCHEDULED, Status.EXPIRED),  # the first attempt had not begun by its deadline
    (Status.PENDING, Status.EXPIRED),
    (Status.QUEUED, Status.EXPIRED),
    (Status.PARKED, Status.EXPIRED),
}


@pytest.mark.parametrize(("source", "target"), list(product(Status, Status)), ids=lambda status: status.value)
def test_a_state_follows_another_only_where_an_arrow_leads(source: Status, target: Status) -> None:
    """Of all pairs of states, exactly the arrows of the diagram are allowed."""
    assert may_become(source, target) is ((source, target) in ARROWS)
    assert (source in sources(target)) is ((source, target) in ARROWS)


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.value)
def test_a_task_has_ended_where_nothing_follows_by_itself(status: Status) -> None:
    """Only SUCCEEDED, DEAD_LETTERED, CANCELLED and EXPIRED end a task."""
    ends = {Status.SUCCEEDED, Status.DEAD_LETTERED, Status.CANCELLED, Status.EXPIRED}
    assert status.ended is (status in ends)


def test_every_state_can_be_reached_and_left_for_an_end() -> None:
    """Every state can be reached from PENDING or SCHEDULED, and an end can be reached from every state."""
    reached = {Status.PENDING, Status.SCHEDULED}
    for _ in Status:
        reached |= {target for source, target in ARROWS if source in reached}
    ending = {status for status in Status if status.ended}
    for _ in Status:
        ending |= {source for source, target in ARROWS if target in ending}
    assert reached == ending == set(Status)
