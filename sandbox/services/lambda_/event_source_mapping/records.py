"""The records of an event, created from messages, and a mapping's filters.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from localstack.services.lambda_.event_source_mapping.pipe_utils import to_json_str
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import transform_into_events
from localstack.utils.event_matcher import matches_event

Record = dict[str, Any]


def records(messages: Iterable[dict[str, Any]], *, queue_arn: str, region: str) -> list[Record]:
    """Convert messages from ReceiveMessage, with all their attributes, to the records of an SQS event."""
    made: list[Record] = transform_into_events(list(messages))
    for record in made:
        # AWS's records have these lists, which are always empty.
        record["messageAttributes"] = {
            name: {"stringListValues": [], "binaryListValues": [], **value}
            for name, value in record["messageAttributes"].items()
        }
        record.update(eventSource="aws:sqs", eventSourceARN=queue_arn, awsRegion=region)
    return made


def event(of: Sequence[Record]) -> bytes:
    """Return the payload of an invocation with these records."""
    return to_json_str({"Records": of}).encode()


def trace_headers(of: Iterable[Record]) -> list[str]:
    """Return the tracing headers of messages whose senders were traced.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
    """
    return [
        record["attributes"]["AWSTraceHeader"] for record in of if "AWSTraceHeader" in record["attributes"]
    ]


def matches(record: Record, patterns: Sequence[Any]) -> bool:
    """Return whether a pattern matches, or there are none. A JSON body is matched by its fields."""
    if not patterns:
        return True
    seen = {**record, "body": _parsed(record["body"])}
    return any(matches_event(pattern, seen) for pattern in patterns)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
