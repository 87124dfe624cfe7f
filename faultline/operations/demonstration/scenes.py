"""Scenes of the demonstration, which the user plays one by one and watches in the console."""

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3

from faultline.client.api import Answer, ApiClient
from faultline.operations.demonstration import flaky_server
from faultline.operations.demonstration.flaky_server import FlakyServer
from faultline.operations.demonstration.plan import failures, name_of_run, requests
from faultline.operations.errors import OperationFailed
from faultline.operations.faults import FaultClient
from infra.deploy.outputs import outputs
from infra.stages import StageSettings

_CLIENTS = 8
_PAUSES = (0.2, 0.5, 1.0, 2.0)
_OUTAGE_TASKS, _REFUSED_TASKS, _BATCH_TASKS, _THROTTLED_TASKS = 10, 4, 8, 20

THROTTLE = {
    "service": "dynamodb",
    "operation": "UpdateItem",
    "error": "ThrottlingException",
    "probability": 0.3,
    "count": 200,
}
"""Fault rule for the scene with the throttled table; it expires after 200 hits."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene of the demonstration.

    Attributes:
        watch: Instructions for the audience.
        play: Function that starts the scene, and returns a short description of what it did.
        repair: Function that repairs the fault; None if there is nothing to repair.
        repair_label: Label of the button for `repair`.
    """

    title: str
    watch: str
    play: Callable[[], str]
    repair: Callable[[], None] | None = None
    repair_label: str = ""


@dataclass
class Scenes:
    """Scenes for a stage in a sandbox.

    A scene can be played again; if it needs a server, it starts a new one. Playing a scene, or repairing its
    fault, may raise OperationFailed or ApiUnreachable; playing one may also raise InfraError or botocore's
    errors.
    """

    api: ApiClient
    session: boto3.Session
    settings: StageSettings
    endpoint_url: str
    _servers: dict[str, tuple[ExitStack, FlakyServer]] = field(default_factory=dict)

    def all(self) -> list[Scene]:
        """Return all scenes in order."""
        return [
            Scene(
                title="Failures of each category",
                watch="Watch tasks wait as retrying and recover; those that fail each time become dead "
                "letters.",
                play=self._failures,
            ),
            Scene(
                title="An outage",
                watch="Watch a circuit open and the tasks park without using attempts; bring the server "
                "back, and within half a minute they follow.",
                play=self._outage,
                repair=lambda: self._server("outage").repair(),
                repair_label="Bring the server back",
            ),
            Scene(
                title="A refusal, and a redrive by canary",
                watch="Watch four dead letters of one reason appear; repair the server, then redrive one of "
                "them on Dead letters, and the rest when it has succeeded.",
                play=self._refusal,
                repair=lambda: self._server("refusal").repair(),
                repair_label="Repair the server",
            ),
            Scene(
                title="A crash in the middle of a batch",
                watch="Watch the first task kill its function: its attempt is lost, and it is tried again "
                "with the others of its batch when their messages come back, after the visibility timeout.",
                play=self._crash,
            ),
            Scene(
                title="A poison message",
                watch="Watch a message that is no task become a dead letter of its own, without harm to "
                "the others.",
                play=self._poison,
            ),
            Scene(
                title="A throttled table",
                watch="Watch tasks succeed although DynamoDB refuses 30 % of the functions' updates; the "
                "hits are counted below.",
                play=self._throttle,
                repair=lambda: FaultClient(self.endpoint_url).clear(),
                repair_label="Clear all faults",
            ),
        ]

    def close(self) -> None:
        """Stop the servers of all scenes."""
        for stack, _ in self._servers.values():
            stack.close()
        self._servers.clear()

    def _failures(self) -> str:
        return self._submit(each.submission for each in failures(name_of_run()))

    def _outage(self) -> str:
        return self._deliver("outage", "down", _OUTAGE_TASKS)

    def _refusal(self) -> str:
        return self._deliver("refusal", "strict", _REFUSED_TASKS)

    def _crash(self) -> str:
        run = name_of_run()
        simulate = {"crash": True, "failures": 1}
        crash: dict[str, Any] = {"taskId": f"crash-{run}", "payload": {}, "simulate": simulate}
        others = [
            {"taskId": f"beside-{number}-{run}", "payload": {}, "simulate": {}}
            for number in range(1, _BATCH_TASKS)
        ]
        return self._submit([crash, *others])

    def _poison(self) -> str:
        run = name_of_run()
        url = outputs(self.session, self.settings).task_queue_url
        self.session.client("sqs").send_message(
            QueueUrl=url,
            MessageBody=json.dumps({"poison": run}),
            MessageGroupId=f"poison-{run}",
            MessageDeduplicationId=run,
        )
        return "One message that is no task was put on the queue."

    def _throttle(self) -> str:
        FaultClient(self.endpoint_url).add(THROTTLE)
        run = name_of_run()
        return self._submit(
            {"taskId": f"throttled-{number:02}-{run}", "payload": {}, "simulate": {}}
            for number in range(1, _THROTTLED_TASKS + 1)
        )

    def _deliver(self, name: str, path: str, count: int) -> str:
        server, run = self._new_server(name), name_of_run()
        names = [f"{name}-{number:02}-{run}" for number in range(1, count + 1)]
        planned = requests(server.url, [(each, path, "", "SUCCEEDED") for each in names])
        return self._submit(each.submission for each in planned)

    def _submit(self, submissions: Iterable[dict[str, Any]]) -> str:
        with ThreadPoolExecutor(_CLIENTS) as clients:
            answers = list(clients.map(self._submit_one, submissions))
        if refused := [answer.problem() for answer in answers if not answer.ok]:
            raise OperationFailed(f"{len(refused)} of {len(answers)} were not accepted: {refused[0]}")
        return f"{len(answers)} tasks were submitted."

    def _submit_one(self, submission: dict[str, Any]) -> Answer:
        """Submit a task, retrying while faults cause temporary errors."""
        for pause in _PAUSES:
            answer = self.api.submit(submission)
            if answer.status not in (429, 503):
                return answer
            time.sleep(pause)
        return self.api.submit(submission)

    def _new_server(self, name: str) -> FlakyServer:
        if name in self._servers:
            self._servers.pop(name)[0].close()
        stack = ExitStack()
        server = stack.enter_context(flaky_server.running())
        self._servers[name] = (stack, server)
        return server

    def _server(self, name: str) -> FlakyServer:
        if name not in self._servers:
            raise OperationFailed("play the scene first")
        return self._servers[name][1]
