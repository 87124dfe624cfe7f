"""A function that calls AWS, and resources for its calls."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from tests.sandbox.executor.localstack import ROLE, zipped
from tests.sandbox.faults.calls import Calls
from tests.sandbox.waiting import wait_until_active

SOURCE = (Path(__file__).parent / "app.py").read_text()


@pytest.fixture(scope="session")
def calls(client: Callable[[str], Any]) -> Iterator[Calls]:
    """Make the function, a table, a queue, a topic and a parameter."""
    name = f"faults-{uuid.uuid4().hex[:10]}"
    functions = client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": zipped(SOURCE)},
        Timeout=60,
        MemorySize=256,
        Environment={"Variables": {"LIBRARIES": str(Path(botocore.__file__).parents[1])}},
    )
    wait_until_active(functions, name)
    client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    client("ssm").put_parameter(Name=f"/{name}", Value="value", Type="String")

    def invoke(wanted: list[Any]) -> list[dict[str, Any]]:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(wanted))
        outcomes: list[dict[str, Any]] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, outcomes
        return outcomes

    yield Calls(name, queue, topic, client, invoke)
    functions.delete_function(FunctionName=name)
