"""API Gateway's requests to a function, and the function's answers.

The shape: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, list[str]]
    body: dict[str, Any]

    @property
    def fields(self) -> list[str]:
        """The offending fields that a problem lists."""
        return sorted(error["field"] for error in self.body["errors"])


def request(
    method: str,
    path: str,
    body: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Return API Gateway's event for a request; `changes` replace its members."""
    headers = JSON if headers is None else headers
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "httpMethod": method,
            "path": f"/test{path}",
            "stage": "test",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": body,
        "isBase64Encoded": False,
        **changes,
    }


def send(app: APIGatewayRestResolver, event: dict[str, Any]) -> Answer:
    answer = app.resolve(event, LambdaContext())
    return Answer(
        status=answer["statusCode"],
        headers=dict(answer["multiValueHeaders"]),
        body=json.loads(answer["body"]),
    )
