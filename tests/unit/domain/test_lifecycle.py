"""The lifecycle: every pair of states."""

from itertools import product

import pytest

from lambdas.domain.lifecycle import Status, may_become, sources

# Each arrow of the lifecycle.
ARROWS = {
    (Status.SCHEDULED, Status.PENDING),  # its time has come
    (Status.PENDING, Status.QUEUED),
    (Status.PENDING, Status.PROCESSING),  # its message was faster than the note that it was sent
    (Status.QUEUED, Status.PROCESSING),
    (Status.PROCESSING, Status.SUCCEEDED),
    (Status.PROCESSING, Status.RETRYING),
    (Status.PROCESSING, Status.PROCESSING),  # a lost attempt is followed by the next
    (Status.RETRYING, Status.PROCESSING),
    (Status.RETRYING, Status.QUEUED),  # a client asks for its retry now
    (Status.PENDING, Status.DEAD_LETTERED),  # SQS moves messages by their receives alone
    (Status.QUEUED, Status.DEAD_LETTERED),
    (Status.RETRYING, Status.DEAD_LETTERED),
    (Status.PROCESSING, Status.DEAD_LETTERED),
    (Status.PROCESSING, Status.PARKED),  # the circuit of what it needs is open
    (Status.PENDING, Status.PARKED),  # another of its ordering key comes before it
    (Status.QUEUED, Status.PARKED),
    (Status.RETRYING, Status.PARKED),
    (Status.PARKED, Status.PENDING),  # released
    (Status.DEAD_LETTERED, Status.PENDING),  # redriven
    (Status.SCHEDULED, Status.CANCELLED),
    (Status.PROCESSING, Status.CANCELLED),  # its attempt failed, and a client had asked for that meanwhile
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
    """Of all pairs of states, exactly the arrows of the picture may happen."""
    assert may_become(source, target) is ((source, target) in ARROWS)
    assert (source in sources(target)) is ((source, target) in ARROWS)


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.value)
def test_a_task_has_ended_where_nothing_follows_by_itself(status: Status) -> None:
    """SUCCEEDED, DEAD_LETTERED, CANCELLED and EXPIRED end a task; nothing else does."""
    ends = {Status.SUCCEEDED, Status.DEAD_LETTERED, Status.CANCELLED, Status.EXPIRED}
    assert status.ended is (status in ends)


def test_every_state_can_be_reached_and_left_for_an_end() -> None:
    """From PENDING and SCHEDULED every state can be reached, and from every state an end."""
    reached = {Status.PENDING, Status.SCHEDULED}
    for _ in Status:
        reached |= {target for source, target in ARROWS if source in reached}
    ending = {status for status in Status if status.ended}
    for _ in Status:
        ending |= {source for source, target in ARROWS if target in ending}
    assert reached == ending == set(Status)
