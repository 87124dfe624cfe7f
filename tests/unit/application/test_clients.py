"""What the functions' clients say of themselves."""

from typing import Any

import boto3
import pytest
from botocore.config import Config

from lambdas.application.clients import CLIENT_CONFIG


class Sent(Exception):
    """Instead of sending the request."""


def user_agent(config: Config) -> set[str]:
    """The parts of the User-Agent that a client of that configuration sends."""
    client = boto3.client(
        "sqs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=config
    )

    def stop(request: Any, **_: Any) -> None:
        raise Sent(request.headers["User-Agent"].decode())

    client.meta.events.register("before-send.sqs", stop)
    with pytest.raises(Sent) as sent:
        client.list_queues()
    return set(str(sent.value).split())


def test_the_user_agent_is_boto3s() -> None:
    """Without the features that a call uses, and how it is configured."""
    ours, boto3s = user_agent(CLIENT_CONFIG), user_agent(Config())
    assert f"Boto3/{boto3.__version__}" in ours
    assert ours <= boto3s
    assert {part.partition("/")[0] for part in boto3s - ours} <= {"m", "cfg"}
