"""The cost of a task in write units, measured from the writes of its functions."""

import base64
import json
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.costs import write_units as assumed
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from sandbox.process.state_file import Sandbox
from tests.chaos.metered import Metered
from tests.chaos.table import BareTable, bare_table
from tests.documents import ROOT

KB = 1024
WORDS = ["blue", "red", "small", "large", "cotton", "linen", "shirt", "jacket", "shoe", "belt", "winter"]


@pytest.fixture(scope="module")
def bare(sandbox: Sandbox) -> Any:
    with bare_table(sandbox, "units") as made:
        yield made


def orders(size: int, chance: random.Random) -> dict[str, Any]:
    """Return an order of about `size` bytes, with names, numbers, ids and words."""
    order: dict[str, Any] = {"orderId": f"{chance.getrandbits(64):016x}", "currency": "EUR", "items": []}
    while len(json.dumps(order)) < size - 100:
        order["items"].append(
            {
                "sku": f"SKU-{chance.randrange(10**6):06d}",
                "name": " ".join(chance.choices(WORDS, k=3)),
                "quantity": chance.randrange(1, 9),
                "unitPrice": round(chance.uniform(1, 200), 2),
            }
        )
    order["note"] = "".join(chance.choices("abcdefghij ", k=max(0, size - len(json.dumps(order)) - 12)))
    return order


def noise(size: int, chance: random.Random) -> dict[str, Any]:
    """Return a payload of about `size` bytes that hardly compresses."""
    return {"data": base64.b64encode(chance.randbytes(size)).decode()[: size - 12]}


def metered(bare: BareTable, payload: dict[str, Any], result: Any) -> Metered:
    """Write a task that succeeds at once, as submit_task and process_task do, and return the meter."""
    meter = Metered(bare.client, bare.name)
    client: Any = meter
    table, now = TaskTable(client, bare.name, bare.objects, retention=timedelta(days=30)), datetime.now(UTC)
    submission = Submission(payload=payload)
    task = accepted(
        submission,
        task_id=f"{random.getrandbits(128):032x}-019",
        max_attempts=3,
        correlation_id="0" * 36,
        trace_header="Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1",
        at=now,
    )
    assert table.accept(task, submission.fingerprint()).created
    claimant = f"{'0' * 36}/{'1' * 36}"
    claimed = table.claim(task.task_id, 0, claimant=claimant, at=now, lease_ends=now + timedelta(seconds=180))
    assert isinstance(claimed, Claimed)
    assert table.with_payload(claimed.task).payload == payload
    assert table.succeeded(claimed.task, result, at=now + timedelta(seconds=1)).done
    return meter


def test_the_page_tells_what_a_task_costs(bare: BareTable) -> None:
    """The figures in docs/table.md are right to within one unit, as zlib releases compress differently.

    `faultline costs` assumes at least the measured units.
    """
    text = (ROOT / "docs/table.md").read_text().partition("result as large | the same")[2]
    rows = re.findall(r"^\| (\d+) (bytes|KB) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 4
    for number, unit, *told in rows:
        size = {"256 bytes": KB // 4, "95 KB": 95_000}.get(f"{number} {unit}", int(number) * KB)
        payloads = [content(size, random.Random(7)) for content in (orders, noise)]
        assert all(abs(len(json.dumps(each)) - size) < 100 for each in payloads)
        measured = [
            metered(bare, payload, result).units
            for payload in payloads
            for result in (payload, {"done": True})
        ]
        assert all(abs(one - int(other)) <= 1 for one, other in zip(measured, told, strict=True)), (
            size,
            measured,
        )
        assert measured[0] <= assumed.write_units(size)


def test_a_task_with_a_small_payload_is_three_calls_of_the_table(bare: BareTable) -> None:
    """A task with a small payload takes three calls to the table and 7 write units."""
    meter = metered(bare, orders(KB, random.Random(7)), {"done": True})
    assert meter.calls == ["put_item", "update_item", "update_item"]
    assert meter.units == 7
