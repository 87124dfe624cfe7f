"""Signing of requests, and failures to read the secret, with stubs of SSM."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from standardwebhooks import Webhook

from lambdas.domain.callback import delivery_id
from lambdas.domain.errors import Category, classify
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.process_task.signing import Signer

CURRENT, FORMER = (f"whsec_{base64.b64encode(each * 32).decode()}" for each in (b"1", b"2"))
ASKED = {"Name": "/secret", "WithDecryption": True}


def task(task_id: str) -> Task:
    now = datetime.now(UTC)
    return accepted(Submission(payload={}), task_id=task_id, max_attempts=3, correlation_id="c", at=now)


DELIVERY = task(delivery_id("task", "a"))


def signer(prepare: Callable[[Stubber], Any]) -> Signer:
    client = boto3.client("ssm", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    prepare(stubber)
    stubber.activate()
    return Signer(lambda: client, "/secret", now=lambda: datetime.now(UTC))


def answers(value: str) -> Callable[[Stubber], None]:
    answer = {"Parameter": {"Name": "/secret", "Type": "SecureString", "Value": value}}
    return lambda stubber: stubber.add_response("get_parameter", answer, ASKED)


def never() -> Any:
    raise AssertionError("most tasks need no secret")


def test_only_deliveries_are_signed() -> None:
    """Only deliveries are signed; for any other request, the secret is not read."""
    assert Signer(never, "/secret", now=lambda: datetime.now(UTC)).of(task("order-1")) is None


def test_a_delivery_is_signed_by_each_secret() -> None:
    """A delivery's signature covers its id and is made with each secret; the secrets are read once."""
    signing = signer(answers(f"{CURRENT} {FORMER}"))
    for delivery in (DELIVERY, task(delivery_id("task", "b"))):
        sign = signing.of(delivery)
        assert sign is not None
        headers = sign(b"{}")
        assert headers["webhook-id"] == delivery.task_id
        for secret in (CURRENT, FORMER):
            Webhook(secret).verify(b"{}", dict(headers))


@pytest.mark.parametrize(
    "prepare",
    [
        lambda stubber: stubber.add_client_error("get_parameter", "ParameterNotFound"),
        lambda stubber: stubber.add_client_error("get_parameter", "AccessDeniedException"),
        answers("hunter2"),
        answers(" "),
    ],
    ids=["absent", "not allowed", "no secret", "empty"],
)
def test_a_secret_that_cannot_be_read_fails_the_attempt(prepare: Callable[[Stubber], Any]) -> None:
    """An unreadable or invalid secret fails the attempt with SYSTEM, and the error does not contain it."""
    with pytest.raises(Exception, match="callback secret") as failure:
        signer(prepare).of(DELIVERY)
    assert classify(failure.value).category is Category.SYSTEM
    assert "hunter2" not in str(failure.value)
