"""Faults of LocalStack and moto in DynamoDB whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect
from collections.abc import Callable

import pytest
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import ItemSizeTooLarge, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.responses import DynamoHandler

ACCOUNT, REGION = "000000000000", "us-east-1"


def test_table_resource_leaves_recovery_out() -> None:
    """The table resource does not enable point-in-time recovery (cloudformation.table_resource)."""
    assert "update_continuous_backups(" not in inspect.getsource(DynamoDBTableProvider.create)


@pytest.fixture
def backend() -> DynamoDBBackend:
    """Make a moto backend with a table `tasks`, keyed by `id`."""
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
    """A failed update leaves the item that it would have created (sandbox.services.dynamodb.items)."""
    key = {"id": {"S": "task"}}
    large = {"S": "x" * 500_000}
    with pytest.raises(MockValidationException):
        backend.update_item("tasks", key, "SET a = :a", {}, {":a": large})
    assert backend.get_item("tasks", key)


def test_replaced_attribute_counts_twice() -> None:
    """An attribute of 300 KB cannot be replaced by another of 300 KB (sandbox.services.dynamodb.items)."""
    item = Item(DynamoType({"S": "task"}), None, {"payload": {"S": "x" * 300_000}})
    with pytest.raises(ItemSizeTooLarge):
        item.attrs["payload"] = DynamoType({"S": "y" * 300_000})


def test_transaction_copies_the_table() -> None:
    """A transaction copies every item of its tables (sandbox.services.dynamodb.items)."""
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
    """Numbers are compared and subtracted as floats or text (sandbox.services.dynamodb.items)."""
    assert wrong()


def test_longer_numbers_are_stored(backend: DynamoDBBackend) -> None:
    """A number of 39 digits is accepted (sandbox.services.dynamodb.items)."""
    backend.put_item("tasks", {"id": {"S": "task"}, "n": {"N": "1" * 39}})


@pytest.mark.parametrize("number", ["1" * 39, "1e126", "1e-131", "NaN", " 1"])
def test_updates_take_all_numbers(backend: DynamoDBBackend, number: str) -> None:
    """Updates accept invalid numbers, such as NaN (sandbox.services.dynamodb.items)."""
    backend.update_item("tasks", {"id": {"S": "task"}}, "SET n = :n", {}, {":n": {"N": number}})


@pytest.mark.parametrize(
    ("condition", "value", "answer"),
    [
        ("n < :x", {"S": "1"}, TypeError),
        ("two BETWEEN :x AND :x", {"S": "1"}, TypeError),
        ("n BETWEEN :x AND :x", {"N": "0"}, False),
        ("flag = :x", {"N": "1"}, True),
        ("words = :x", {"B": "YQ=="}, True),
        ("size(gone) = :x", {"N": "1"}, ValueError),
    ],
)
def test_types_are_mixed_up(condition: str, value: dict[str, str], answer: bool | type[Exception]) -> None:
    """Some comparisons are wrong or raise errors (sandbox.services.dynamodb.comparisons)."""
    item = Item(
        DynamoType({"S": "task"}),
        None,
        {"n": {"N": "0"}, "two": {"N": "2"}, "flag": {"BOOL": True}, "words": {"S": "YQ=="}},
    )
    parsed = get_filter_expression(condition, {}, {":x": value})
    if isinstance(answer, bool):
        assert parsed.expr(item) is answer
    else:
        with pytest.raises(answer):
            parsed.expr(item)


def test_tokens_of_transactions_are_ignored() -> None:
    """A transaction's ClientRequestToken is ignored (sandbox.services.dynamodb.idempotency)."""
    for operation in (DynamoHandler.transact_write_items, DynamoHandler.execute_transaction):
        assert "ClientRequestToken" not in inspect.getsource(operation)


def test_a_batch_has_a_key_twice(monkeypatch: pytest.MonkeyPatch, backend: DynamoDBBackend) -> None:
    """One batch may repeat an item and exceed 25 requests (sandbox.services.dynamodb.batches)."""
    monkeypatch.setattr(DynamoHandler, "dynamodb_backend", backend)
    handler = DynamoHandler()
    key = {"id": {"S": "task"}}
    puts = [{"PutRequest": {"Item": {**key, "n": {"N": str(number)}}}} for number in range(30)]
    handler.body = {"RequestItems": {"tasks": [*puts, {"DeleteRequest": {"Key": key}}]}}
    assert '"UnprocessedItems": {}' in handler.batch_write_item()


def test_query_sorts_the_whole_table(backend: DynamoDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query of one item compares all items of the table (sandbox.speed.tables)."""
    compared: list[DynamoType] = []

    def compare(one: DynamoType, other: DynamoType) -> bool:
        compared.append(one)
        return bool(one.value < other.value)

    monkeypatch.setattr(DynamoType, "__lt__", compare)
    for number in range(10):
        backend.put_item("tasks", {"id": {"S": str(number)}})
    backend.query("tasks", {"S": "1"}, None, [], 1, None, True, None)
    assert len(compared) >= 9


def test_an_item_has_objects_for_its_values(backend: DynamoDBBackend) -> None:
    """An item is stored as an object per value, which takes much memory (sandbox.speed.tables.packing)."""
    backend.put_item("tasks", {"id": {"S": "1"}, "list": {"L": [{"S": "a"}]}})
    item = backend.get_item("tasks", {"id": {"S": "1"}})
    assert item is not None
    assert isinstance(vars(item)["attrs"]["list"].value[0], DynamoType)
