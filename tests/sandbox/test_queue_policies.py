"""Policies of queues, which decide which accounts may use them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-custom-policies.html
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.process.state_file import Sandbox
from tests.sandbox.test_permissions import allow, deny


class Queue:
    """A queue, its policy, and its senders."""

    def __init__(self, client: Callable[[str], Any], sandbox: Sandbox) -> None:
        self._client, self._endpoint = client("sqs"), sandbox.endpoint_url
        self.url = self._client.create_queue(QueueName=f"guarded-{uuid.uuid4().hex[:10]}")["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:000000000000:{self.url.rpartition('/')[2]}"

    def says(self, *statements: dict[str, Any]) -> None:
        """Give the queue a policy, or remove it if there are no statements."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}) if statements else ""
        self._client.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": document})

    def sent_by(self, account: str) -> str:
        """Send a message from the account; return `ok`, or the error's code and message.

        An access key of 12 digits belongs to the account with that number.
        """
        sender = boto3.client(
            "sqs",
            endpoint_url=self._endpoint,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="test",
        )
        try:
            sender.send_message(QueueUrl=self.url, MessageBody="body")
        except ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        return "ok"


OWN, OTHER = "000000000000", "111111111111"


@pytest.fixture
def queue(client: Callable[[str], Any], sandbox: Sandbox) -> Queue:
    return Queue(client, sandbox)


def test_another_account_needs_the_queues_policy(queue: Queue) -> None:
    """Another account is refused unless the policy allows it; the queue's own account needs no policy."""
    assert queue.sent_by(OWN) == "ok"
    assert queue.sent_by(OTHER) == (
        f"AccessDenied: User: arn:aws:iam::{OTHER}:root is not authorized to perform: sqs:SendMessage on "
        f"resource: {queue.arn} because no resource-based policy allows the sqs:SendMessage action"
    )
    queue.says(allow("sqs:SendMessage", on=queue.arn) | {"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}})
    assert queue.sent_by(OTHER) == "ok"
    assert queue.sent_by("222222222222").startswith("AccessDenied")
    queue.says(allow("SQS:*", on=queue.arn) | {"Principal": "*"})
    assert queue.sent_by("222222222222") == "ok"


def test_what_the_queues_policy_denies_nobody_does(queue: Queue) -> None:
    """A denial whose condition is met overrides every permission, even of the queue's own account."""
    everybody = allow("sqs:*", on=queue.arn) | {"Principal": "*"}
    not_own = {"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": OWN}}}
    queue.says(everybody, deny("sqs:*", on=queue.arn) | not_own)
    assert queue.sent_by(OTHER).endswith("with an explicit deny in a resource-based policy")
    assert queue.sent_by(OWN) == "ok"
    queue.says(everybody, deny("sqs:SendMessage", on=queue.arn) | {"Principal": {"AWS": OWN}})
    assert queue.sent_by(OWN).startswith("AccessDenied")
    plain = {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    queue.says(deny("sqs:*", on=queue.arn) | plain)
    assert queue.sent_by(OWN) == "ok"  # the laptop's loopback counts as TLS
    queue.says()
    assert queue.sent_by(OWN) == "ok"
