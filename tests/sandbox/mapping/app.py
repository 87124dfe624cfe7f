"""A function that behaves as its messages request, and keeps a journal on a queue."""

import json
import os
import time
from typing import Any

import journal  # type: ignore[import-not-found]  # beside it in the artifact


def note(**what: Any) -> None:
    journal.send(json.dumps(what))


def handler(event: dict[str, Any], context: Any) -> Any:
    """Record the start and end of the invocation, and sleep, crash, raise, loop or respond as requested.

    Only the first delivery of a message has its effect.
    """
    note(id=context.aws_request_id, started=time.time(), records=event["Records"])
    answer: Any = None
    for record in event["Records"]:
        demand = demand_of(record)
        time.sleep(demand.get("sleep", 0))
        if demand.get("crash"):
            os._exit(1)
        if demand.get("raise"):
            raise RuntimeError("as demanded")
        if times := demand.get("times"):
            # AWS's SDKs send the invocation's header; in Python botocore.handlers does.
            again = json.dumps({**demand, "times": times - 1})
            journal.send(again, demand["queue"], x_amzn_trace_id=os.environ["_X_AMZN_TRACE_ID"])
        answer = demand.get("answer", answer)
    note(id=context.aws_request_id, ended=time.time())
    return answer


def demand_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the demand in a record's first delivery, with $id replaced by its id; else an empty one."""
    if record["attributes"]["ApproximateReceiveCount"] != "1":
        return {}
    try:
        demand = json.loads(record["body"].replace("$id", record["messageId"]))
    except ValueError:
        return {}
    return demand if isinstance(demand, dict) else {}
