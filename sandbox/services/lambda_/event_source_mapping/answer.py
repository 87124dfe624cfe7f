"""The failed messages of a batch, taken from the function's response (ReportBatchItemFailures).

An empty or null list or response means complete success. A response that is not JSON, or an identifier that
is empty, null or under another key, means complete failure ("success and failure conditions"):
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
An identifier that is not in the batch also means complete failure:
https://repost.aws/knowledge-center/lambda-sqs-report-batch-item-failures
"""

import json

from localstack.services.lambda_.event_source_mapping.pollers.poller import parse_batch_item_failures


class MalformedAnswer(Exception):
    """The response does not identify the failed messages, so the whole batch counts as failed."""


def failed_ids(payload: bytes, message_ids: set[str]) -> set[str]:
    """Return the ids of the failed messages.

    Raises:
        MalformedAnswer: The response does not identify them.
    """
    try:
        return set(parse_batch_item_failures(json.loads(payload or b"null"), message_ids))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise MalformedAnswer(f"{payload[:200]!r} ({error})") from error
