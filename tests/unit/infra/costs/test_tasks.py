"""The cost of tasks."""

from typing import Any

import pytest

from infra.costs.stack import Stack
from infra.costs.tasks import tasks_month
from infra.costs.write_units import write_units
from infra.stages import StageSettings
from tests.item_bytes import item_bytes


def test_no_tasks_cost_nothing(rendered: dict[str, Any], settings: StageSettings) -> None:
    assert tasks_month(Stack(rendered, settings.stack_name), 0, 1024) == []


def test_twice_the_tasks_cost_twice_but_for_metrics_and_keys(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    stack = Stack(rendered, settings.stack_name)

    def quantities(tasks: int) -> dict[str, float]:
        return {line.resource: line.quantity for line in tasks_month(stack, tasks, 1024)}

    once, twice = quantities(1_000_000), quantities(2_000_000)
    fixed = {name for name in once if name.startswith(("metrics", "keys"))}
    assert {"metrics of a kind"} <= fixed
    for name, quantity in once.items():
        assert twice[name] == pytest.approx(quantity if name in fixed else 2 * quantity), name


def test_a_larger_payload_costs_more_writes_and_storage(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    stack = Stack(rendered, settings.stack_name)
    small = {line.resource: line.usd for line in tasks_month(stack, 1000, 1024)}
    large = {line.resource: line.usd for line in tasks_month(stack, 1000, 95_000)}

    more = {name for name in small if large[name] > small[name]}
    assert more - {"tables: recovery"} == {"tables: writes", "tables: storage"}
    ratio = write_units(95_000) / write_units(1024)
    assert large["tables: writes"] / small["tables: writes"] == pytest.approx(ratio)


def test_a_payload_of_2_mb_costs_no_more_writes_than_one_of_1_kb(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    """A payload of 2 MB takes no more write units than one of 1 KB, but adds S3 requests and storage."""
    stack = Stack(rendered, settings.stack_name)
    lines = {line.resource: line for line in tasks_month(stack, 1_000_000, 2_000_000)}
    assert write_units(2_000_000) <= write_units(1024)
    assert lines["bucket: writes"].usd == pytest.approx(10)
    assert lines["bucket: storage"].quantity > 1_000


def test_each_part_of_a_task_is_stored_for_its_time(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    """A payload that is stored apart is kept three times as long as the record with the result.

    `lambdas.store.payloads` sets the expiry of items, and the bucket's lifecycle that of objects.
    """
    stack = Stack(rendered, settings.stack_name)

    def stored(resource: str, payload_bytes: int) -> float:
        """Return the GB-months of a thousand million tasks, which are the byte-months of one."""
        lines = {line.resource: line.quantity for line in tasks_month(stack, 10**9, payload_bytes)}
        return lines[resource]

    retention, record = settings.task_retention_days * 24 / 730, 509
    inline, apart, in_bucket = 1024, 10_240, 2_000_000
    assert stored("tables: storage", inline) == pytest.approx((record + inline) * retention)
    references = 110
    assert stored("tables: storage", apart) == pytest.approx(
        (record + references + apart / 2) * retention + (apart / 2 + references) * 3 * retention
    )
    days = 4 * settings.task_retention_days + 1
    assert stored("bucket: storage", in_bucket) == pytest.approx(in_bucket / 2 * days * 24 / 730)


def test_the_first_task_of_each_second_is_traced(rendered: dict[str, Any], settings: StageSettings) -> None:
    """Of tasks spread over the month, X-Ray traces the first of each second, and a twentieth of the others.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
    The submission and the invocation of process_task each have a trace.
    """
    stack = Stack(rendered, settings.stack_name)

    def traces(tasks: int) -> float:
        return next(line.quantity for line in tasks_month(stack, tasks, 1024) if line.resource == "traces")

    seconds = 730 * 3600
    assert traces(1_000_000) == pytest.approx(2 * 1_000_000)
    assert traces(10_000_000) == pytest.approx(2 * (seconds + (10_000_000 - seconds) / 20))


def test_the_size_of_an_item_is_dynamodbs() -> None:
    """An item's size is calculated like DynamoDB's.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    assert item_bytes({"id": {"S": "ü"}}) == 2 + 2
    assert item_bytes({"n": {"N": "12345"}}) == 1 + 4
    assert item_bytes({"b": {"BOOL": True}}) == 1 + 1
    assert item_bytes({"l": {"L": [{"S": "ab"}, {"NULL": True}]}}) == 1 + 3 + 1 + 2 + 1 + 1
    assert item_bytes({"m": {"M": {"k": {"S": "v"}}}}) == 1 + 3 + 1 + 1 + 1
