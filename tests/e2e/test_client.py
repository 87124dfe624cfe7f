"""The synchronous and the asynchronous client against the stack."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from faultline.client import ApiProblem, AsyncClient, Client, Status
from lambdas.http.problems import ProblemType
from tests.e2e.stack import Stack, fresh


def test_a_program_submits_waits_and_lists(stack: Stack) -> None:
    reference, later = fresh("order"), datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    with Client(stack.outputs.api_url, stack.api_key) as client:
        receipts = [
            client.submit({"number": number, "none": None}, simulate={}, reference=reference, tags=["a"])
            for number in range(3)
        ]
        scheduled = client.submit(reference=reference, run_at=later)
        for receipt in receipts:
            task = client.wait(receipt.task_id)
            assert (task.status, task.result) == (Status.SUCCEEDED, task.payload)
        assert client.task(scheduled.task_id).run_at == later.replace(
            microsecond=later.microsecond // 1000 * 1000
        )
        listed = [each.task_id for each in client.tasks(reference=reference, status=Status.SUCCEEDED)]
        assert listed == [each.task_id for each in reversed(receipts)]
        assert [each.task_id for each in client.tasks(reference=reference, limit=1)] == [scheduled.task_id]
        assert client.cancel(scheduled.task_id).status is Status.CANCELLED
        with pytest.raises(ApiProblem) as raised:
            client.cancel(scheduled.task_id)
        assert raised.value.is_a(ProblemType.NOT_CANCELLABLE)
        assert client.stats("15m").counts[Status.SUCCEEDED].value >= 3
        assert "http.request" in {kind.name for kind in client.kinds()}


def test_a_program_of_coroutines_does_so_at_once(stack: Stack) -> None:
    reference = fresh("order")

    async def program() -> None:
        async with AsyncClient(stack.outputs.api_url, stack.api_key) as client:

            async def done(number: int) -> Status:
                receipt = await client.submit({"number": number}, simulate={}, reference=reference)
                return (await client.wait(receipt.task_id)).status

            assert set(await asyncio.gather(*map(done, range(5)))) == {Status.SUCCEEDED}
            listed = [each async for each in client.whole_tasks(reference=reference)]
            assert sorted(str(each.payload["number"]) for each in listed) == [*"01234"]
            dead = await client.submit(simulate={"error": "VALIDATION"})
            assert (await client.wait(dead.task_id)).status is Status.DEAD_LETTERED
            assert (await client.redrive(dead.task_id)).generation == 1

    asyncio.run(program())
