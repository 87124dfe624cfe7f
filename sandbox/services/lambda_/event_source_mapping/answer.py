"""Which messages of a batch failed, by the function's answer (ReportBatchItemFailures).

Lambda developer guide, services-sqs-errorhandling ("success and failure conditions"): an empty or null list
or answer is complete success; an answer that is no JSON and an identifier that is empty, null or under
another key are complete failure. An identifier that is not in the batch, too:
https://repost.aws/knowledge-center/lambda-sqs-report-batch-item-failures
"""

import json

from localstack.services.lambda_.event_source_mapping.pollers.poller import parse_batch_item_failures


class MalformedAnswer(Exception):
    """The answer does not say which messages failed, so all of them did."""


def failed_ids(payload: bytes, message_ids: set[str]) -> set[str]:
    """The ids of the messages that failed. Raises MalformedAnswer."""
    try:
        return set(parse_batch_item_failures(json.loads(payload or b"null"), message_ids))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise MalformedAnswer(f"{payload[:200]!r} ({error})") from error
