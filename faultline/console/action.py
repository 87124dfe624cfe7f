"""Actions of the console, each with its equivalent `curl` call and command."""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import boto3

from faultline.client.api import task_path
from faultline.client.authentication import API_KEY_VARIABLE
from faultline.operations.circuits import close_circuit, hold_open
from infra.stages import StageSettings
from lambdas.http.authentication import API_KEY_HEADER


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change to the stage.

    Attributes:
        title: Label of the button, such as `Cancel`.
        consequence: Description of what the change does, for the confirmation dialog.
        words: Arguments of the equivalent `faultline` command.
    """

    title: str
    consequence: str
    words: tuple[str, ...]

    def command(self, place: tuple[str, ...]) -> str:
        """Return the equivalent command line.

        Args:
            place: Options that select the stage, such as `--stage`, `dev`.
        """
        return shlex.join(["faultline", *self.words, *place])


@dataclass(frozen=True, kw_only=True)
class Operation(Change):
    """A change that is made by calling AWS with the operator's credentials.

    Attributes:
        do: Function that makes the change (`faultline.operations`).
    """

    do: Callable[[boto3.Session, StageSettings], object]


@dataclass(frozen=True, kw_only=True)
class Action(Change):
    """A change that is made by a call to the API."""

    method: str
    path: str
    body: dict[str, Any] | None = None

    def curl(self, api_url: str, settings: StageSettings) -> str:
        """Return the equivalent `curl` command, with the key from FAULTLINE_API_KEY if one is required."""
        words = ["curl", "-s", "-X", self.method, f"{api_url}{self.path}"]
        if self.body is not None:
            words += ["-H", "Content-Type: application/json", "-d", json.dumps(self.body)]
        line = shlex.join(words)
        if settings.authentication == "none":
            return line
        return f'{line} -H @<(echo "{API_KEY_HEADER}: ${API_KEY_VARIABLE}")'


def cancellation(task_id: str) -> Action:
    """Create the action that cancels a task."""
    return Action(
        title="Cancel task",
        consequence="It will not be attempted again; a running attempt is asked to stop. "
        "A cancelled task cannot be brought back.",
        method="DELETE",
        path=task_path(task_id),
        words=("cancel", task_id),
    )


def redrive(task_id: str, payload: Mapping[str, Any] | None = None) -> Action:
    """Create the action that redrives a dead letter.

    Args:
        task_id: Id of the task.
        payload: Corrected payload; None to keep the original one.
    """
    corrected = () if payload is None else ("--payload", json.dumps(payload))
    return Action(
        title="Redrive",
        consequence="The task begins a new generation with all its attempts, and keeps its history.",
        method="POST",
        path=f"{task_path(task_id)}/redrive",
        words=("redrive", task_id, *corrected),
        body=None if payload is None else {"payload": dict(payload)},
    )


def run_now(task_id: str) -> Action:
    """Create the action that runs a waiting task now."""
    return Action(
        title="Run now",
        consequence="It is attempted as soon as a function is free for it, instead of waiting any longer.",
        method="POST",
        path=f"{task_path(task_id)}/run",
        words=("run", task_id),
    )


def pause(kind: str) -> Action:
    """Create the action that pauses a kind of work."""
    return Action(
        title="Pause",
        consequence=f"Tasks of {kind} are accepted and wait, without using attempts, until it is resumed. "
        "Running attempts are finished.",
        method="PUT",
        path=f"/kinds/{quote(kind, safe='')}/pause",
        words=("pause", kind),
        body={},
    )


def resume(kind: str) -> Action:
    """Create the action that resumes a kind of work."""
    return Action(
        title="Resume",
        consequence=f"New tasks of {kind} run within seconds; those that wait follow, at most 20 a second.",
        method="DELETE",
        path=f"/kinds/{quote(kind, safe='')}/pause",
        words=("resume", kind),
    )


def holding_open(circuit: str) -> Operation:
    """Create the operation that holds a circuit open."""
    return Operation(
        title="Hold open",
        consequence=f"Within 5 s calls to {circuit} stop, and tasks that need it wait until the "
        "circuit is closed. Calls that have begun are finished.",
        words=("circuits", "open", circuit),
        do=lambda session, settings: hold_open(session, settings, circuit, reason=None),
    )


def closing(circuit: str) -> Operation:
    """Create the operation that closes a circuit."""
    return Operation(
        title="Close",
        consequence=f"{circuit} is called again, and tasks that wait for it follow, at most 20 a second.",
        words=("circuits", "close", circuit),
        do=lambda session, settings: close_circuit(session, settings, circuit),
    )


OPTIONS = {
    "status": "--status",
    "type": "--type",
    "category": "--category",
    "errorType": "--error-type",
    "reasonGroup": "--reason",
    "orderingKey": "--ordering-key",
    "reference": "--reference",
    "tag": "--tag",
    "text": "--text",
    "submittedAfter": "--submitted-after",
    "submittedBefore": "--submitted-before",
    "diedAfter": "--died-after",
    "diedBefore": "--died-before",
}
"""Command options by the names of the API's filters."""


def options(conditions: Mapping[str, Any]) -> tuple[str, ...]:
    """Convert filters of the API to options of a command."""
    words: list[str] = []
    for name, given in conditions.items():
        for value in given if isinstance(given, list) else [given] if given else []:
            words += [OPTIONS[name], value]
    return tuple(words)


def redrive_all(conditions: Mapping[str, Any], patch: Mapping[str, Any] | None = None) -> Action:
    """Create the action that redrives all dead letters that match a filter.

    Args:
        conditions: Filter for `POST /redrives`.
        patch: JSON Merge Patch for the payloads; None to keep them.
    """
    corrected = () if patch is None else ("--payload-patch", json.dumps(patch))
    return Action(
        title="Redrive",
        consequence="Each task begins a new generation with all its attempts, and keeps its history.",
        method="POST",
        path="/redrives",
        words=("redrive", *options(conditions), *corrected),
        body={"filter": dict(conditions), **({} if patch is None else {"payloadPatch": dict(patch)})},
    )


def cancel_all(conditions: Mapping[str, Any]) -> Action:
    """Create the action that cancels all tasks that match a filter.

    Args:
        conditions: Filter for `POST /cancellations`.
    """
    return Action(
        title="Cancel",
        consequence="They will not be attempted again. A cancelled task cannot be brought back.",
        method="POST",
        path="/cancellations",
        words=("cancel", *options(conditions)),
        body={"filter": dict(conditions)},
    )


def limited(action: Action, filter: Mapping[str, Any]) -> Action:
    """Return an action on many tasks with another filter, such as that of a dry run with its time limits."""
    if action.words[0] == "cancel":
        return cancel_all(filter)
    return redrive_all(filter, (action.body or {}).get("payloadPatch"))


def submission(given: dict[str, Any]) -> Action:
    """Create the action that submits a task.

    Args:
        given: Body for `POST /tasks`.
    """
    named = {
        "taskId": "--id",
        "orderingKey": "--ordering-key",
        "reference": "--reference",
        "runAt": "--run-at",
    }
    words = ["submit", json.dumps(given["payload"]), "--type", given["type"]]
    words += [word for name, option in named.items() if name in given for word in (option, given[name])]
    words += [word for tag in given.get("tags", []) for word in ("--tag", tag)]
    if "simulate" in given:
        words += ["--simulate", json.dumps(given["simulate"])]
    return Action(
        title="Submit",
        consequence="The task is queued at once, or at the time that you have set.",
        method="POST",
        path="/tasks",
        words=tuple(words),
        body=given,
    )
