"""Each correction is still needed: these tests show LocalStack's and moto's own faults, in this process.

When one fails after an upgrade, its correction can go.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import inspect
import time
from collections.abc import Callable, Iterator

import pytest
from localstack.aws.api.sqs import Message
from localstack.runtime.server.twisted import TwistedRuntimeServer
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller
from localstack.services.s3.provider import DEFAULT_S3_TMP_DIR
from localstack.services.sqs.models import FifoQueue, MessageMoveTask, SqsMessage, sqs_stores
from localstack.services.sqs.provider import MessageMoveTaskManager
from localstack.utils.aws import aws_stack
from localstack.utils.backoff import ExponentialBackoff
from moto.dynamodb.exceptions import ItemSizeTooLarge, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item

ACCOUNT, REGION = "000000000000", "us-east-1"


def make_queue(name: str = "queue.fifo") -> FifoQueue:
    return FifoQueue(name, REGION, ACCOUNT, attributes={"FifoQueue": "true"})


def put(queue: FifoQueue, body: str, deduplication_id: str | None = None) -> SqsMessage:
    message = Message(MessageId=f"id-of-{body}", Body=body)
    stored: SqsMessage = queue.put(
        message, message_group_id=body[0], message_deduplication_id=deduplication_id or body
    )
    return stored


def test_fifo_return_waits_for_other_groups() -> None:
    """sandbox.fifo: B, visible again, is not put back while A, received before it, is invisible."""
    queue = make_queue()
    put(queue, "A1")
    returned = put(queue, "B1")
    queue.receive(num_messages=2, visibility_timeout=30)
    returned.visibility_deadline = time.time()
    queue.requeue_inflight_messages()
    assert not queue.receive().successful


def test_fifo_wait_does_not_notice_a_return() -> None:
    """sandbox.fifo: a waiting receive sleeps on when a message becomes visible by its timeout."""
    queue = make_queue()
    returned = put(queue, "A1")
    queue.receive(visibility_timeout=30)
    returned.visibility_deadline = time.time() + 0.1
    assert not queue.receive(wait_time_seconds=1).successful


def test_fifo_group_is_offered_twice() -> None:
    """sandbox.fifo: a group that one consumer has taken is offered to another while its messages return."""
    queue = make_queue()
    put(queue, "A1")
    put(queue, "A2")
    first, second = queue.receive(num_messages=2, visibility_timeout=30).successful
    queue._put_message(first)
    queue.inflight_groups.add(queue.message_group_queue.get(block=False))  # as a consumer in receive()
    queue._put_message(second)
    assert queue.message_group_queue.qsize() == 1


def test_fifo_old_receipt_handle_deletes() -> None:
    """sandbox.fifo: the handle of an earlier receive deletes a message that is in flight again."""
    queue = make_queue()
    message = put(queue, "A1")
    [old_handle] = queue.receive(visibility_timeout=30).receipt_handles
    message.visibility_deadline = time.time()
    queue.requeue_inflight_messages()
    assert queue.receive(visibility_timeout=30).successful
    queue.remove(old_handle)
    assert message.deleted


def test_fifo_dead_letter_is_taken_for_a_duplicate() -> None:
    """sandbox.fifo: of two dead letters with one deduplication id the second is dropped."""
    queue = make_queue()
    for body in ("A1", "B1"):
        message = put(make_queue("source.fifo"), body, deduplication_id="same").message
        message["Attributes"]["DeadLetterQueueSourceArn"] = "arn"  # type: ignore[index]
        queue.put(message, message_group_id=body[0], message_deduplication_id="same")
    assert len(queue.receive(num_messages=10).successful) == 1


@pytest.fixture
def stored_queues() -> Iterator[tuple[FifoQueue, FifoQueue]]:
    """A source and its dead-letter queue, where LocalStack's SQS finds them."""
    queues = sqs_stores[ACCOUNT][REGION].queues
    pair = make_queue("upstream-source.fifo"), make_queue("upstream-dead.fifo")
    queues.update({queue.name: queue for queue in pair})
    yield pair
    for queue in pair:
        del queues[queue.name]


def test_redriven_message_is_lost(stored_queues: tuple[FifoQueue, FifoQueue]) -> None:
    """sandbox.redrive: a message that is moved back within five minutes is on neither queue."""
    source, dead_letters = stored_queues
    put(source, "A1")
    source.remove(source.receive(visibility_timeout=30).receipt_handles[0])
    put(dead_letters, "A1")
    tasks = MessageMoveTaskManager()
    tasks._run(MessageMoveTask(dead_letters.arn, source.arn))
    tasks.close()
    assert not source.receive().successful
    assert not dead_letters.receive().successful


def test_mapping_sleeps_beyond_its_limit() -> None:
    """sandbox.polling: the first pause of a backoff is longer than its largest interval."""
    backoff = ExponentialBackoff(initial_interval=1, max_interval=0.01)  # type: ignore[call-arg]
    assert backoff.next_backoff() > 0.01


def test_mapping_does_not_wait_at_the_queue() -> None:
    """sandbox.polling: without a batching window, which FIFO queues do not have, a poll does not wait."""
    source = inspect.getsource(SqsPoller)
    assert "WaitTimeSeconds=min(self.maximum_batching_window, " in source
    assert '"MaximumBatchingWindowInSeconds", 0' in source


def test_files_of_s3_are_in_a_fixed_folder() -> None:
    """sandbox.s3: every LocalStack of a machine keeps S3's files in one folder."""
    assert DEFAULT_S3_TMP_DIR == "/tmp/localstack-s3-storage"


def test_s3_asks_dns_for_its_own_name() -> None:
    """sandbox.s3: LocalStack looks the host name of S3 up."""
    assert "gethostbyname(S3_VIRTUAL_HOSTNAME)" in inspect.getsource(aws_stack.get_s3_hostname)


def test_server_ignores_the_address() -> None:
    """sandbox.loopback: LocalStack's web server listens on all IPv4 addresses, whatever it is told."""
    assert "endpoints.TCP4ServerEndpoint(reactor, host_and_port.port)" in inspect.getsource(
        TwistedRuntimeServer.register
    )


def test_table_resource_leaves_recovery_out() -> None:
    """sandbox.table_resource: the resource provider does not turn point-in-time recovery on."""
    assert "update_continuous_backups(" not in inspect.getsource(DynamoDBTableProvider.create)


@pytest.fixture
def backend() -> DynamoDBBackend:
    """moto's DynamoDB with a table `tasks`, keyed by `id`."""
    made = DynamoDBBackend(REGION, ACCOUNT)
    made.create_table(
        "tasks",
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        global_indexes=[],
        indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    return made


def test_failed_update_leaves_an_item(backend: DynamoDBBackend) -> None:
    """sandbox.items: an update that fails has made the item that it was to make."""
    key = {"id": {"S": "task"}}
    large = {"S": "x" * 500_000}
    with pytest.raises(MockValidationException):
        backend.update_item("tasks", key, "SET a = :a", {}, {":a": large})
    assert backend.get_item("tasks", key)


def test_replaced_attribute_counts_twice() -> None:
    """sandbox.items: 300 KB cannot be replaced by 300 KB."""
    item = Item(DynamoType({"S": "task"}), None, {"payload": {"S": "x" * 300_000}})
    with pytest.raises(ItemSizeTooLarge):
        item.attrs["payload"] = DynamoType({"S": "y" * 300_000})


def test_transaction_copies_the_table() -> None:
    """sandbox.items: a transaction copies every item of its tables."""
    source = inspect.getsource(DynamoDBBackend.transact_write_items)
    assert "original_table_state[table_name] = copy.deepcopy(" in source


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: (DynamoType({"N": "0.3"}) - DynamoType({"N": "0.1"})).value != "0.2",
        lambda: DynamoType({"N": "1.0"}) != DynamoType({"N": "1"}),
        lambda: not DynamoType({"N": "1" * 37 + ".1"}) > DynamoType({"N": "1" * 37 + ".0"}),
    ],
)
def test_numbers_are_floats(wrong: Callable[[], bool]) -> None:
    """sandbox.items: numbers are compared and subtracted as float, or as text."""
    assert wrong()
