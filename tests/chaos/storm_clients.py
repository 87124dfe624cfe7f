"""Clients that submit the tasks of a storm, one by one or in batches."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable
from tests.chaos.plan import Plan, PlannedBatch, Submission
from tests.e2e.stack import Stack
from tests.eventually import eventually

CLIENTS = 8
_CREATED, _KNOWN, _NOT_YET_QUEUED = 202, 200, 503


@dataclass
class Clients:
    """Clients that make the planned submissions, each until it is accepted."""

    stack: Stack
    accepted: list[str] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)

    def submit_all(self, plan: Plan) -> None:
        work = [
            *(partial(self._submit_line, line) for line in plan.lines),
            *(partial(self._submit_batch, batch) for batch in plan.batches),
        ]
        random.Random(plan.seed).shuffle(work)
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda submit: submit(), work))

    def _submit_line(self, line: list[Submission]) -> None:
        for submission in line:
            self._until_ok(partial(self.stack.api.submit, submission), submission["taskId"])
            self.accepted.append(submission["taskId"])

    def _submit_batch(self, batch: PlannedBatch) -> None:
        self._post(batch, {_CREATED, _KNOWN, _NOT_YET_QUEUED})
        if batch.is_repeated:
            self._post(batch, {_KNOWN, _NOT_YET_QUEUED})
        self.accepted += [task["taskId"] for task in batch.tasks]

    def _post(self, batch: PlannedBatch, statuses: set[int]) -> None:
        """Submit a batch until it is answered, and check the statuses of its tasks."""
        body = batch.body
        answer = self._until_ok(lambda: self.stack.api.call("POST", "/batches", json=body), batch.batch_id)
        results = answer.body["results"]
        assert [each["taskId"] for each in results] == [task["taskId"] for task in batch.tasks]
        assert {each["status"] for each in results} <= statuses, f"{batch.batch_id}: {results}"

    def _until_ok(self, call: Callable[[], Answer], what: str) -> Answer:
        def look() -> Answer | None:
            try:
                answer = call()
            except ApiUnreachable:
                self.refusals[0] += 1
                return None
            if answer.ok:
                return answer
            assert answer.status >= 500, answer.problem()
            self.refusals[answer.status] += 1
            return None

        return eventually(look, what=f"{what} is accepted", every=0.1)
