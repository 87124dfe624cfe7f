"""Calls to AWS by a function or by the operator."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OK = {"status": 200}

Call = tuple[str, str, dict[str, Any]]
"""A call's service, boto3 method and parameters."""


@dataclass(frozen=True)
class Calls:
    """Calls to AWS by a function process (`function`) and by the operator (`operator`)."""

    name: str
    queue: str
    topic: str
    client: Callable[[str], Any]
    invoke: Callable[[list[Any]], list[dict[str, Any]]]

    def function(self, *calls: Call) -> list[dict[str, Any]]:
        """Return the outcome of each call by the function: status, error, code (see app.py)."""
        return self.invoke(list(calls))

    def timed(self, call: Call) -> tuple[dict[str, Any], float]:
        """Return the outcome of a function's call, and the seconds that the invocation took."""
        started = time.monotonic()
        [outcome] = self.function(call)
        return outcome, time.monotonic() - started

    def operator(self, call: Call) -> Any:
        """Return the answer to a call by the operator; raise ClientError if it fails."""
        service, method, parameters = call
        return getattr(self.client(service), method)(**parameters)

    def put_item(self) -> tuple[Call, Callable[[], bool]]:
        """Return a call that writes an item, and a function that tells whether it was written."""
        item, table = uuid.uuid4().hex, self.client("dynamodb")
        key = {"id": {"S": item}}

        def made() -> bool:
            return "Item" in table.get_item(TableName=self.name, Key=key, ConsistentRead=True)

        return ("dynamodb", "put_item", {"TableName": self.name, "Item": key}), made

    def of(self, service: str) -> Call:
        """Return a call to the service; the call succeeds if there is no fault."""
        return {
            "dynamodb": self.put_item()[0],
            "sqs": ("sqs", "send_message", {"QueueUrl": self.queue, "MessageBody": "body"}),
            "sns": ("sns", "publish", {"TopicArn": self.topic, "Message": "message"}),
            "ssm": ("ssm", "get_parameter", {"Name": f"/{self.name}"}),
            "lambda": ("lambda", "get_function", {"FunctionName": self.name}),
            "s3": ("s3", "list_buckets", {}),
        }[service]
