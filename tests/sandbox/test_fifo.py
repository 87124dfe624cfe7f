"""Documented behaviour of SQS FIFO queues."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from sandbox.process.state_file import Sandbox
from tests.sandbox.fifo_queue import Queue, make, queue

__all__ = ["make", "queue"]  # fixtures


def test_queue_urls_work_without_dns(queue: Queue) -> None:
    """A queue's URL has the sandbox's address, so that clients need no DNS."""
    assert queue.url.startswith("http://127.0.0.1:")


def test_another_groups_message_returns_in_its_own_time(queue: Queue) -> None:
    """A message returns when its own visibility timeout ends, while another group's message is in flight."""
    queue.send("A1", "B1")
    received = queue.receive()
    queue.hide(received["B1"], 1)
    assert [*queue.receive(wait=5)] == ["B1"]


def test_an_invisible_head_holds_its_followers(queue: Queue) -> None:
    """While a group's first message is invisible, the others are not delivered; then all are, in order."""
    queue.send("A1", "A2", "A3")
    queue.hide(queue.receive(most=1)["A1"], 4)
    assert not queue.receive(wait=1)
    assert [*queue.receive(wait=15)] == ["A1", "A2", "A3"]


def test_order_is_kept_when_messages_return_out_of_order(queue: Queue) -> None:
    """A message that becomes visible before an earlier one of its group is not delivered before it."""
    queue.send("A1", "A2", "A3")
    received = queue.receive()
    queue.hide(received["A3"], 0)
    queue.hide(received["A2"], 0)
    assert not queue.receive()
    queue.hide(received["A1"], 0)
    assert [*queue.receive()] == ["A1", "A2", "A3"]


def test_a_returned_head_comes_without_its_follower_in_flight(queue: Queue) -> None:
    """A group's first message, made visible again, is delivered alone while the second one is in flight."""
    queue.send("A1", "A2", "A3")
    received = queue.receive(most=2)
    queue.hide(received["A1"], 0)
    assert [*queue.receive()] == ["A1"]


def test_a_deleted_head_lets_its_followers_pass(queue: Queue) -> None:
    """A group continues once all of its messages in flight are deleted, and not before."""
    queue.send("A1", "A2", "A3")
    received = queue.receive(most=2)
    queue.delete(received["A1"])
    assert not queue.receive()
    queue.delete(received["A2"])
    assert [*queue.receive()] == ["A3"]


def test_a_batch_fills_up_with_other_groups(queue: Queue) -> None:
    """A receive returns all messages of a group before those of the next group."""
    queue.send("A1", "B1", "A2", "B2")
    assert [*queue.receive()] == ["A1", "A2", "B1", "B2"]


def test_groups_take_turns(queue: Queue) -> None:
    """Groups take turns, so that a long group does not delay the others."""
    queue.send("A1", "A2", "B1")
    queue.delete(queue.receive(most=1)["A1"])
    assert [*queue.receive(most=1)] == ["B1"]


def test_groups_that_were_only_looked_at_have_had_their_turn(queue: Queue) -> None:
    """Groups received with a visibility timeout of 0 go behind the other groups, in order."""
    queue.send("A1", "B1", "B2", "C1", "A2")
    assert list(queue.receive(3, VisibilityTimeout=0)) == ["A1", "A2", "B1"]
    assert list(queue.receive()) == ["C1", "A1", "A2", "B1", "B2"]


def test_the_page_of_messages_knows_the_groups_that_wait(queue: Queue, sandbox: Sandbox) -> None:
    """LocalStack's page of messages shows messages behind one in flight as invisible."""

    def listed(*, invisible: bool) -> list[str]:
        asked = urlencode({"QueueUrl": queue.url, "ShowInvisible": invisible})
        address = f"{sandbox.endpoint_url}/_aws/sqs/messages?{asked}"
        with urlopen(Request(address, headers={"Accept": "application/json"})) as response:
            page = json.load(response)["ReceiveMessageResponse"]["ReceiveMessageResult"]
        return sorted(each["Body"] for each in page["Message"])

    queue.send("A1", "A2", "B1", "B2")
    queue.receive(1)
    assert listed(invisible=False) == ["B1", "B2"]
    assert listed(invisible=True) == ["A1", "A2", "B1", "B2"]


def test_a_wait_ends_when_a_message_becomes_visible(queue: Queue) -> None:
    """A waiting receive returns when a message's visibility timeout ends."""
    queue.send("A1")
    message = queue.receive()["A1"]
    hidden = time.monotonic()
    queue.hide(message, 1)
    assert [*queue.receive(wait=20)] == ["A1"]
    assert 0.95 < time.monotonic() - hidden < 10


@pytest.mark.parametrize("event", ["sent", "made visible", "unblocked"])
def test_a_wait_ends_at_once(queue: Queue, event: str) -> None:
    """A waiting receive ends when a message is sent, made visible, or follows one that is deleted."""
    queue.send("B1", "B2")
    held = queue.receive(most=1)["B1"]
    act: Callable[[], None] = {
        "sent": lambda: queue.send("A1"),
        "made visible": lambda: queue.hide(held, 0),
        "unblocked": lambda: queue.delete(held),
    }[event]
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(queue.receive, most=1, wait=20)
        time.sleep(0.3)  # so that it waits; if it does not wait yet, the test passes as well
        act()
        acted = time.monotonic()
        assert waiting.result()
    assert time.monotonic() - acted < 10  # and not at the end of the wait


def test_an_expired_receipt_handle_deletes_nothing(queue: Queue) -> None:
    """A receipt handle expires with its visibility timeout, even if the message is in flight again."""
    queue.send("A1")
    first = queue.receive(VisibilityTimeout=1)["A1"]
    second = queue.receive(wait=5)["A1"]
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*The receipt handle has expired"):
        queue.delete(first)
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*not available for visibility timeout"):
        queue.hide(first, 0)
    queue.hide(second, 0)
    assert [*queue.receive()] == ["A1"]


def test_a_group_is_with_one_consumer_at_a_time(queue: Queue) -> None:
    """No two of eight concurrent consumers receive from the same group, and order is kept."""
    bodies = [f"{group}{number:02}" for number in range(12) for group in "ABC"]
    queue.send(*bodies)
    held: dict[str, int] = dict.fromkeys("ABC", 0)
    done: list[str] = []

    def consume(consumer: int) -> None:
        while len(done) < len(bodies):
            received = queue.receive(most=1 + consumer % 3, wait=1)
            groups = {body[0] for body in received}
            for group in groups:
                held[group] += 1
                assert held[group] == 1, f"two consumers hold {group}"
            fails = len(done) % 4 == consumer % 4
            for group in groups:
                held[group] -= 1
            if fails:
                for message in reversed(received.values()):
                    queue.hide(message, 0)
            else:
                for body, message in received.items():
                    done.append(body)
                    queue.delete(message)

    with ThreadPoolExecutor(8) as executor:
        list(executor.map(consume, range(8)))
    assert sorted(done) == sorted(bodies)
    for group in "ABC":
        in_group = [body for body in done if body[0] == group]
        assert in_group == sorted(in_group)


def test_a_duplicate_is_accepted_and_not_delivered(queue: Queue) -> None:
    """Within five minutes, only one message with a deduplication id is delivered, even after its deletion."""
    queue.send("A1", deduplication_id="same")
    queue.delete(queue.receive()["A1"])
    queue.send("A2", deduplication_id="same")
    assert not queue.receive()


def test_counts_tell_visible_from_in_flight(queue: Queue) -> None:
    """A queue's counts distinguish visible messages from those in flight."""
    queue.send("A1", "A2", "B1")
    queue.receive(most=1)
    attributes = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "2"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_purged_queue_is_empty_and_works(queue: Queue) -> None:
    """After a purge, no old message is delivered, and new ones are."""
    queue.send("A1", "A2")
    queue.receive(most=1)
    queue.sqs.purge_queue(QueueUrl=queue.url)
    queue.send("A3")
    assert [*queue.receive()] == ["A3"]
