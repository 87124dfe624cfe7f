"""The plan of a storm: each task and each disturbance, decided by the seed alone."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lambdas.domain.batch import task_id_at

TASKS, KEYS, TASKS_PER_KEY = 500, 20, 8
BATCHES, TASKS_PER_BATCH = 6, 25
KEYS_IN_A_BATCH = 2
"""Number of ordering keys whose tasks are submitted alternately in one batch."""
TOLD_BATCHES = 2
REPEATED_SHARE = 0.5
"""Share of the batches that are submitted again, as if the first answer was lost."""
STORM_SECONDS = 30.0
SECONDS_BETWEEN_KILLS = 1.2
TOLD_SHARE = 0.3
"""Share of the tasks with a callback."""
TOLD_PATH = "told"
FAILING_SHARE = 0.2
"""Share of the calls to each service that fail."""

_ERRORS = {
    "dynamodb": ["InternalServerError", "ProvisionedThroughputExceededException", "ThrottlingException"],
    "sqs": ["InternalError", "RequestThrottled", "ServiceUnavailable"],
    "ssm": ["InternalServerError", "ThrottlingException", "ServiceUnavailable"],
}

type Submission = dict[str, Any]
type Rule = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PlannedBatch:
    """A planned submission of a batch.

    Attributes:
        tasks: The tasks, each with an id derived from its position.
        callback_url: URL to notify of the batch's end; None for no callback.
        is_repeated: Whether it is submitted once more after it was accepted.
    """

    batch_id: str
    tasks: list[Submission]
    callback_url: str | None
    is_repeated: bool

    @property
    def body(self) -> dict[str, Any]:
        """Return the request body, without the tasks' ids, which the API assigns."""
        unnamed = [{name: value for name, value in each.items() if name != "taskId"} for each in self.tasks]
        callback = {"callback": {"url": self.callback_url}} if self.callback_url else {}
        return {"batchId": self.batch_id, "tasks": unnamed, **callback}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A storm. Times are in seconds after its beginning.

    Attributes:
        lines: Sequences of submissions, each made by one client: the tasks of an ordering key, or a single
            task.
        batches: Submissions of several tasks in one request.
        redrives: Times at which all dead letters are redriven.
        kills: Times of kills, each with the victim's place among the function processes, from 0 up to 1.
        faults: Rules in the form of faultline.operations.faults; `fault_seed` is their seed.
        mapping_off: Start and end of the time in which process_task's event source mapping is disabled.
        monitor_broken: Start and end of the time in which no alert can be published.
        paused: Start and end of the pause of a kind of work.
    """

    seed: int
    lines: list[list[Submission]]
    batches: list[PlannedBatch]
    redrives: list[float]
    kills: list[tuple[float, float]]
    faults: list[Rule]
    fault_seed: int
    mapping_off: tuple[float, float]
    monitor_broken: tuple[float, float]
    paused: tuple[float, float]
    doomed: frozenset[str] = field(default_factory=frozenset)
    """Ids of the tasks that fail in every attempt."""

    @property
    def by_id(self) -> dict[str, Submission]:
        return {each["taskId"]: each for each in self._submissions()}

    @property
    def keys(self) -> dict[str, list[str]]:
        """Return the task ids of each ordering key, in the order of their submission."""
        found = dict[str, list[str]]()
        for each in self._submissions():
            if "orderingKey" in each:
                found.setdefault(each["orderingKey"], []).append(each["taskId"])
        return found

    def _submissions(self) -> Iterator[Submission]:
        for line in self.lines:
            yield from line
        for batch in self.batches:
            yield from batch.tasks


def plan(seed: int, sink_url: str) -> Plan:
    """Return a seed's plan, in which http.request tasks and callbacks call `sink_url`."""
    chance = random.Random(seed)
    doomed = set[str]()

    def submission(task_id: str, *, http: bool, **more: Any) -> Submission:
        simulate: dict[str, Any] = {}
        fate = chance.random()
        if fate < 0.03:
            simulate = {"error": chance.choice(["VALIDATION", "NETWORK", "SYSTEM"])}
            doomed.add(task_id)
        elif fate < 0.2:
            simulate = {"failures": chance.randint(1, 2), "error": chance.choice(["NETWORK", "SYSTEM"])}
        body = {"task": task_id}
        work = (
            {"type": "http.request", "payload": {"url": sink_url, "body": body}}
            if http
            else {"payload": body}
        )
        told = {"callback": {"url": sink_url + TOLD_PATH}} if chance.random() < TOLD_SHARE else {}
        return {"taskId": task_id, "simulate": simulate, **work, **told, **more}

    lines = [
        [
            submission(f"storm-{key:02}-{place}", http=True, orderingKey=f"key-{key:02}")
            for place in range(TASKS_PER_KEY)
        ]
        for key in range(KEYS_IN_A_BATCH, KEYS)
    ]
    free = TASKS - KEYS * TASKS_PER_KEY - BATCHES * TASKS_PER_BATCH
    lines += [[submission(f"storm-free-{n:03}", http=chance.random() < 0.5)] for n in range(free)]

    def batch(number: int, count: int, key_count: int = 0) -> PlannedBatch:
        batch_id = f"storm-batch-{number}"
        tasks = []
        for place in range(count):
            key = {"orderingKey": f"key-{place % key_count:02}"} if key_count else {}
            http = bool(key) or chance.random() < 0.5
            tasks.append(submission(task_id_at(batch_id, place), http=http, **key))
        return PlannedBatch(
            batch_id=batch_id,
            tasks=tasks,
            callback_url=sink_url + TOLD_PATH if number < TOLD_BATCHES else None,
            is_repeated=chance.random() < REPEATED_SHARE,
        )

    batches = [batch(number, TASKS_PER_BATCH) for number in range(BATCHES)]
    batches.append(batch(BATCHES, KEYS_IN_A_BATCH * TASKS_PER_KEY, KEYS_IN_A_BATCH))
    chance.shuffle(lines)

    kills, at = list[tuple[float, float]](), 1.0
    while (at := at + chance.expovariate(1 / SECONDS_BETWEEN_KILLS)) < STORM_SECONDS:
        kills.append((at, chance.random()))
    mapping_off = chance.uniform(6, 14)
    monitor_broken = chance.uniform(2, 10)
    paused = chance.uniform(3, 12)
    return Plan(
        seed=seed,
        lines=lines,
        batches=batches,
        redrives=[chance.uniform(8, 14), chance.uniform(18, 26)],
        kills=kills,
        faults=[rule for service in _ERRORS for rule in _rules(service, chance)],
        fault_seed=chance.getrandbits(32),
        mapping_off=(mapping_off, mapping_off + chance.uniform(2, 5)),
        monitor_broken=(monitor_broken, monitor_broken + chance.uniform(8, 16)),
        paused=(paused, paused + chance.uniform(6, 10)),
        doomed=frozenset(doomed),
    )


def _rules(service: str, chance: random.Random) -> list[Rule]:
    """Return rules that delay some calls and let FAILING_SHARE fail, a fifth of these after taking effect."""
    errors = [*({"error": name} for name in _ERRORS[service]), {"error": "ConnectionReset"}]
    lost = {"error": "ConnectionReset", "when": "after"}
    # The rules are drawn one after the other, and only the first that hits applies.
    each = 1 - (1 - FAILING_SHARE) ** (1 / (len(errors) + 1))
    late = {"service": service, "probability": 0.1, "latencyMs": chance.randint(50, 200)}
    return [late, *({"service": service, "probability": each, **error} for error in [*errors, lost])]
