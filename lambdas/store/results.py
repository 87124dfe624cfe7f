"""Storage of results: small ones in the records of their tasks, large ones in S3."""

import hashlib

from pydantic import JsonValue

from lambdas.domain import strict_json
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.domain.task import Task
from lambdas.store.objects import MAX_IN_TABLE_BYTES, Keep, ObjectGone, Objects, omitted
from lambdas.store.packing import packed

MAX_RESULT_BYTES = MAX_PAYLOAD_BYTES
# An item has at most 400 KB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html),
# of which the history may take 64. Earlier versions wrote payloads of up to 200 KB into the records.
MAX_PAYLOAD_AND_RESULT_BYTES = 310 * 1024


def too_large(size: int) -> dict[str, JsonValue]:
    """Return the placeholder for a result that is too large to store: `{omitted: true, bytes, maxBytes}`."""
    return {**omitted(size), "maxBytes": MAX_RESULT_BYTES}


class Results:
    """Reads and writes the results of tasks.

    Every method raises botocore's ClientError or BotoCoreError if S3 rejects the request or is unavailable.

    Args:
        objects: Storage of large results.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def set_apart(self, task: Task, result: JsonValue) -> dict[str, str | bytes]:
        """Return the attributes that store a result, after writing a large one to S3.

        For a large result the record contains a placeholder with the size. The same applies to a result that
        is too large to be stored at all: the work has been done, so the task has succeeded.
        """
        text = strict_json.dumps(result)
        size = len(text.encode())
        if size <= MAX_IN_TABLE_BYTES:
            stored = packed(text)
            stored_bytes = len(stored.encode() if isinstance(stored, str) else stored)
            in_record = 0 if task.payload_key else len(strict_json.dumps(task.payload).encode())
            if stored_bytes + in_record <= MAX_PAYLOAD_AND_RESULT_BYTES:
                return {"result": stored}
        if size > MAX_RESULT_BYTES:
            return {"result": strict_json.dumps(too_large(size))}
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        key = f"{Keep.RESULT}/{task.task_id}/{digest}"
        self._objects.write(key, text)
        return {"result": strict_json.dumps(omitted(size)), "resultKey": key}

    def read(self, task: Task) -> Task:
        """Return a task with its result; if that has expired, the task keeps the placeholder."""
        if task.result_key is None:
            return task
        try:
            text = self._objects.read(task.result_key)
        except ObjectGone:
            return task
        return task.model_copy(update={"result": strict_json.loads_own(text)})
