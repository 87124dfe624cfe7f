"""Queries and scans in a maintained order, compared with moto's own after any writes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from sandbox.services.dynamodb import comparisons, items
from sandbox.speed.tables import order
from sandbox.speed.tables.queries import _query, _scan

IDS = st.sampled_from("abcdef")
VALUES = st.sampled_from(["", "1", "2", "21", "3"])
MOTOS_QUERY, MOTOS_SCAN = Table.query, Table.scan

writes = st.one_of(
    st.tuples(st.just("put"), IDS, VALUES, VALUES),
    st.tuples(st.just("update"), IDS, VALUES, VALUES),
    st.tuples(st.just("refused"), IDS, VALUES, VALUES),
    st.tuples(st.just("transact"), IDS, VALUES, VALUES),
    st.tuples(st.just("delete"), IDS, st.just(""), st.just("")),
)
comparisons_of_a_sort_key = st.one_of(
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">=", "BEGINS_WITH"]), st.tuples(VALUES.filter(bool))),
    st.tuples(st.just("BETWEEN"), st.tuples(VALUES.filter(bool), VALUES.filter(bool))),
    st.tuples(st.none(), st.just(())),
)


@pytest.fixture(autouse=True, scope="module")
def corrected(patches_undone: None) -> None:
    """Correct moto as in the sandbox."""
    comparisons.correct_moto()
    items.correct_moto()


def a_backend() -> DynamoDBBackend:
    backend = DynamoDBBackend("us-east-1", "000000000000")
    backend.create_table(
        "t",
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "group", "at")],
        global_indexes=[
            {
                "IndexName": "i",
                "KeySchema": [
                    {"AttributeName": "group", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]},
            }
        ],
        indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    return backend


def written(backend: DynamoDBBackend, kind: str, id: str, group: str, at: str) -> None:
    """Make one kind of write through moto's handler, as direct_calls does."""
    key = {"id": {"S": id}}
    attributes = {name: {"S": value} for name, value in (("group", group), ("at", at)) if value}
    item = {**key, **attributes, "n": {"N": "1"}, "more": {"S": "x"}}
    update = {
        "TableName": "t",
        "Key": key,
        "UpdateExpression": " ".join(
            f"SET #{name} = :{name}" if name in attributes else f"REMOVE #{name}" for name in ("group",)
        ),
        "ExpressionAttributeNames": {"#group": "group"},
        **({"ExpressionAttributeValues": {":group": attributes["group"]}} if group else {}),
    }
    condition = {"ConditionExpression": "attribute_exists(nothing)"}
    operation, body = {
        "put": ("PutItem", {"TableName": "t", "Item": item}),
        "update": ("UpdateItem", update),
        "refused": ("UpdateItem", {**update, **condition}),
        "transact": ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": item}}]}),
        "delete": ("DeleteItem", {"TableName": "t", "Key": key}),
    }[kind]
    methods = {
        "PutItem": "put_item",
        "UpdateItem": "update_item",
        "TransactWriteItems": "transact_write_items",
        "DeleteItem": "delete_item",
    }
    handler: Any = DynamoHandler()
    type(handler).dynamodb_backend = backend
    handler.body, handler.response_headers = body, {}
    try:
        with order.kept(backend, operation, body):
            getattr(handler, methods[operation])()
    except Exception:  # noqa: BLE001 - a refusal must not change the order either
        assert kind == "refused"


@pytest.fixture
def handlers_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the handler's backend, which `written` sets."""
    monkeypatch.setattr(DynamoHandler, "dynamodb_backend", None)


def shown(page: Any) -> Any:
    found, _, last = page
    return [item.to_json() for item in found], last and {name: each.value for name, each in last.items()}


def pages(read: Any, limit: int) -> list[Any]:
    """Return the items of all pages, each page read with the last key of the previous one."""
    found, start = [], None
    while True:
        page, last = shown(read(limit, start))
        found += page
        if last is None:
            return found
        start = {name: {"S": value} for name, value in last.items()}


@pytest.mark.usefixtures("handlers_backend")
@given(
    before=st.lists(writes, max_size=8),
    after=st.lists(writes, max_size=12),
    compared=comparisons_of_a_sort_key,
    forward=st.booleans(),
    limit=st.integers(1, 4),
)
def test_a_kept_order_answers_as_moto_does(
    before: list[Any], after: list[Any], compared: Any, forward: bool, limit: int
) -> None:
    """An order that is made after some writes, and maintained during others, gives moto's results."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    backend = a_backend()
    for write in before:
        written(backend, *write)
    table = backend.get_table("t")
    order.order_of(table, "i")
    order.order_of(table, None)
    for write in after:
        written(backend, *write)
    comparison, values = compared
    wanted = [DynamoType({"S": value}) for value in values]
    for group in ("1", "2", "21", "3", "none"):
        rest = (forward, None, "i")

        def query(original: bool, count: int, start: Any, group: str = group, rest: Any = rest) -> Any:
            arguments = (table, DynamoType({"S": group}), comparison, wanted, count, start, *rest)
            return MOTOS_QUERY(*arguments) if original else _query(MOTOS_QUERY, *arguments)

        expected = pages(lambda count, start: query(True, count, start), 100)
        assert pages(lambda count, start: query(False, count, start), limit) == expected
    scanned = pages(lambda count, start: _scan(MOTOS_SCAN, table, {}, count, start, None, "i"), limit)
    assert scanned == pages(lambda count, start: MOTOS_SCAN(table, {}, count, start, None, "i"), 100)
