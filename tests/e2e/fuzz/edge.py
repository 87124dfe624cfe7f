"""The functions behind the API, run in this process on the stack's own table and queue.

The same code answers a request in a fraction of the time that HTTP takes. There is no gateway and no
runtime: nothing is authenticated, throttled or traced.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from faultline.client.api import Answer
from lambdas.manage_tasks import handler as manage_tasks
from lambdas.manage_tasks.wiring import MADE_ONCE as OF_MANAGE_TASKS
from lambdas.submit_task import handler as submit_task
from lambdas.submit_task.wiring import MADE_ONCE as OF_SUBMIT_TASK
from tests.e2e.stack import Stack

_OF_SUBMIT_TASK = {("POST", "/tasks"), ("POST", "/batches")}


class Edge:
    """The API, served by its functions in this process; see `running`."""

    def call(
        self,
        method: str,
        path: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Answer a request; the arguments are those of `ApiClient.call`."""
        is_batch = path.startswith("/batches/")
        function = submit_task if is_batch or (method, path) in _OF_SUBMIT_TASK else manage_tasks
        event = {
            "resource": path,
            "path": path or "/",
            "httpMethod": method,
            "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()} or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in (params or {}).items()}
            or None,
            "headers": dict(headers or {}) or None,
            "queryStringParameters": dict(params or {}) or None,
            "requestContext": {"requestId": "fuzz", "httpMethod": method, "path": path, "stage": "test"},
            **_body(data),
        }
        answer = function.app.resolve(event, _Context())
        return Answer(
            status=answer["statusCode"],
            body=json.loads(answer["body"]),
            headers={name: values[0] for name, values in answer["multiValueHeaders"].items()},
        )


class _Context(LambdaContext):
    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


def _body(data: bytes | None) -> dict[str, Any]:
    """Return the fields of an event for a body, in Base64 if it is not UTF-8."""
    try:
        return {"body": data.decode() if data else None, "isBase64Encoded": False}
    except UnicodeDecodeError:
        assert data
        return {"body": b64encode(data).decode(), "isBase64Encoded": True}


@contextmanager
def running(stack: Stack) -> Iterator[Edge]:
    """Provide the API in this process, with the environment of the deployed functions."""
    credentials = stack.session.get_credentials()
    assert credentials is not None
    environment = {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": stack.session.region_name,
    }
    functions = stack.session.client("lambda")
    for name in ("submit_task", "manage_tasks"):
        found = functions.get_function_configuration(FunctionName=stack.settings.function_name(name))
        environment |= found["Environment"]["Variables"]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield Edge()
    for cached in (*OF_SUBMIT_TASK, *OF_MANAGE_TASKS):
        cached.cache_clear()
