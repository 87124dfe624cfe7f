"""The User-Agent of the functions' AWS clients."""

from typing import Any

import boto3
import pytest
from botocore.config import Config

from lambdas.application.clients import CLIENT_CONFIG


class Sent(Exception):
    """The request that a client was about to send."""


def user_agent(config: Config) -> set[str]:
    """Return the parts of the User-Agent that a client with this configuration sends."""
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
    """The User-Agent is boto3's, without the parts about features in use and the client's configuration."""
    ours, boto3s = user_agent(CLIENT_CONFIG), user_agent(Config())
    assert f"Boto3/{boto3.__version__}" in ours
    assert ours <= boto3s
    assert {part.partition("/")[0] for part in boto3s - ours} <= {"m", "cfg"}
