"""Results as they are stored in the records of their tasks."""

from pydantic import JsonValue

from lambdas.domain import strict_json
from lambdas.domain.task import Task
from lambdas.store.packing import packed

MAX_RESULT_BYTES = 200 * 1024
# An item has at most 400 KB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html),
# of which the history may take 64. Earlier versions wrote payloads of up to 200 KB into the records.
MAX_PAYLOAD_AND_RESULT_BYTES = 310 * 1024


def stored_result(task: Task, result: JsonValue) -> str | bytes:
    """Return a task's result as it is stored: packed, or a note that it is too large.

    The work has had its effects, so the task has succeeded, even if its result cannot be kept.
    """
    text = strict_json.dumps(result)
    size = len(text.encode())
    stored = packed(text)
    stored_bytes = len(stored.encode() if isinstance(stored, str) else stored)
    in_record = 0 if task.payload_key else len(strict_json.dumps(task.payload).encode())
    if size <= MAX_RESULT_BYTES and stored_bytes + in_record <= MAX_PAYLOAD_AND_RESULT_BYTES:
        return stored
    return strict_json.dumps({"omitted": True, "bytes": size, "maxBytes": MAX_RESULT_BYTES})
