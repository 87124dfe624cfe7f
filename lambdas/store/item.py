"""Conversion of tasks to and from items of the table.

Payload, result and analysis are stored as JSON text, because clients' values must be returned unchanged and
DynamoDB's numbers are decimals with 38 digits
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html).
Payload and result are also compressed (`lambdas.store.packing`).
"""

import hashlib
import os
from datetime import datetime
from typing import Any
from zlib import crc32

from lambdas.domain import strict_json
from lambdas.domain.analysis import Analysis
from lambdas.domain.callback import Callback
from lambdas.domain.errors import TaskError
from lambdas.domain.history import HistoryEntry, with_attempts
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.serialization import JsonModel, rfc3339
from lambdas.domain.submission import Simulation
from lambdas.domain.task import Task
from lambdas.store.attribute_values import Item, marshal, unmarshal
from lambdas.store.indexes import status_shard
from lambdas.store.packing import packed, unpacked
from lambdas.store.stored_times import to_milliseconds, to_moment
from lambdas.store.waiting_keys import DUE
from lambdas.telemetry import tracing

# Number of partitions over which the keys of the indexes are spread, so that no state is a hot partition: a
# partition takes 1,000 writes a second, and a throttled index throttles the table
# (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html).
# Items keep the shard with which they were written, so this number must never be lowered. The stage sets it.
SHARDS = int(os.environ.get("INDEX_SHARDS", "8"))

SUMMARY_ATTRIBUTES = (
    *("taskId", "type", "status", "attempts", "maxAttempts", "generation", "error", "analysis"),
    *("orderingKey", "runAt", "deadline", "reference", "tags", "correlationId", "traceHeader", "position"),
    *("updatedAt", "callback", "cancelRequested"),
)
"""Attributes of a task summary, which has no payload, result or history."""


def shard_of(task_id: str) -> int:
    """Return the number of a task's shard in the indexes, from a hash of its id."""
    return crc32(task_id.encode()) % SHARDS


def plain(model: JsonModel) -> dict[str, Any]:
    """Convert a domain value without floats, which boto3 rejects, to plain values; None is omitted."""
    values: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return values


def stored_error(error: TaskError) -> dict[str, Any]:
    """Return the attributes that store a task's last error; the traceback is separate, as lists omit it."""
    traceback = None if error.traceback is None else packed(error.traceback)
    return {"error": plain(error.without_traceback), "traceback": traceback}


def stored_entry(entry: HistoryEntry) -> dict[str, Any]:
    """Return the stored form of a history entry."""
    return {**plain(entry), "at": to_milliseconds(entry.at)}


def stored_fingerprint(fingerprint: str) -> bytes:
    """Return the stored form of a fingerprint: 16 bytes, enough to distinguish submissions."""
    return hashlib.sha256(fingerprint.encode()).digest()[:16]


def read_fingerprint(stored: bytes | str) -> bytes:
    """Return a stored fingerprint as 16 bytes; earlier versions stored the hex digits."""
    return stored_fingerprint(stored) if isinstance(stored, str) else stored


def analysis_text(value: Analysis) -> str:
    """Return the stored form of an analysis."""
    return strict_json.dumps(plain(value))


def to_item(task: Task, fingerprint: str) -> Item:
    """Convert a new task to an item.

    Args:
        task: The task.
        fingerprint: Fingerprint of the submission, which distinguishes a repetition from another task with
            the same id.
    """
    shard = shard_of(task.task_id)
    return marshal(
        {
            "taskId": task.task_id,
            "type": task.type,
            "status": task.status,
            "attempts": task.attempts,
            "maxAttempts": task.max_attempts,
            "generation": task.generation,
            "payload": packed(strict_json.dumps(task.payload)),
            **(stored_error(task.error) if task.error else {}),
            "analysis": task.analysis and analysis_text(task.analysis),
            "history": [stored_entry(entry) for entry in task.history],
            "orderingKey": task.ordering_key,
            "predecessor": task.predecessor,
            "runAt": task.run_at and rfc3339(task.run_at),
            # The attribute `expiresAt` is taken: it is the TTL, at which DynamoDB deletes an item.
            "deadline": task.expires_at and to_milliseconds(task.expires_at),
            "reference": task.reference,
            "tags": list(task.tags) if task.tags else None,
            "callback": task.callback and plain(task.callback),
            "correlationId": task.correlation_id,
            "traceHeader": task.trace_header,
            "updatedAt": to_milliseconds(task.updated_at),
            "simulate": task.simulate and plain(task.simulate),
            "fingerprint": stored_fingerprint(fingerprint),
            "shard": str(shard),
            "statusShard": status_shard(task.status, shard),
            "position": position(task),
            **(release_keys(task.task_id, DUE, task.run_at) if task.status is Status.SCHEDULED else {}),
        }
    )


def release_keys(task_id: str, what_for: str, until: datetime | None) -> dict[str, str]:
    """Return the attributes that put a waiting task into index by-release.

    Args:
        task_id: Id of the task, or the key of a timer.
        what_for: DUE, TURN, or the `circuit_key` or `kind_key` under which the task waits.
        until: Sort key of the entry: the time at which the task is due, or at which it was parked.
    """
    assert until is not None
    return {
        "release": release_shard(what_for, shard_of(task_id)),
        "releaseAt": f"{rfc3339(until)}#{task_id}",
    }


def release_time(place: str) -> datetime:
    """Return the time in a sort key of index by-release."""
    return datetime.fromisoformat(place.partition("#")[0])


def release_shard(what_for: str, shard: int) -> str:
    """Return a partition key of index by-release, such as `due#3` or `circuit/api.example.com#3`."""
    return f"{what_for}#{shard}"


def position(task: Task) -> str:
    """Return a task's sort key in the indexes by-state and by-submission: submission time, then id."""
    return f"{rfc3339(task.submitted_at)}#{task.task_id}"


def submission_time(position: str) -> datetime:
    """Return the submission time in a sort key from `position`."""
    return datetime.fromisoformat(position.partition("#")[0])


def to_task(item: Item) -> Task:
    """Convert an item of the table, or its SUMMARY_ATTRIBUTES, to a task.

    Attributes that were not read are left empty, and so is a payload that is stored separately
    (`lambdas.store.payloads`).
    """
    values = unmarshal(item)
    history = [
        HistoryEntry.model_validate({**entry, "at": to_moment(entry["at"])})
        for entry in values.get("history", ())
    ]
    simulate, callback = values.get("simulate"), values.get("callback")
    return Task(
        task_id=values["taskId"],
        type=values["type"],
        status=values["status"],
        attempts=values["attempts"],
        max_attempts=values["maxAttempts"],
        generation=values["generation"],
        payload=strict_json.loads_own(unpacked(values["payload"])) if "payload" in values else {},
        payload_key=values.get("payloadKey"),
        payload_expires_at=values.get("payloadExpiresAt"),
        result_key=values.get("resultKey"),
        result=strict_json.loads_own(unpacked(values["result"])) if "result" in values else None,
        error=_error(values) if "error" in values else None,
        analysis=Analysis.model_validate(strict_json.loads_own(values["analysis"]))
        if "analysis" in values
        else None,
        history=with_attempts(history) if history else [],
        ordering_key=values.get("orderingKey"),
        run_at=values.get("runAt"),
        expires_at=to_moment(values["deadline"]) if "deadline" in values else None,
        reference=values.get("reference"),
        tags=values.get("tags"),
        callback=Callback.model_validate(callback) if callback else None,
        correlation_id=values["correlationId"],
        trace_id=tracing.trace_id(values.get("traceHeader")),
        trace_header=values.get("traceHeader"),
        submitted_at=submission_time(values["position"]),
        updated_at=to_moment(values["updatedAt"]),
        simulate=Simulation.model_validate(simulate) if simulate else None,
        releases=values.get("releases", 0),
        trips=values.get("trips", 0),
        predecessor=values.get("predecessor"),
        follower=values.get("follower"),
        cancel_requested=True if "cancelRequested" in values else None,
        cancel_requested_by=Requester.model_validate(values["cancelRequested"])
        if "cancelRequested" in values
        else None,
    )


def _error(values: dict[str, Any]) -> TaskError:
    traceback = unpacked(values["traceback"]) if "traceback" in values else None
    return TaskError.model_validate({**values["error"], "traceback": traceback})
