"""The duration of invocations of cold and of warm functions.

The function is manage_tasks, which is invoked for a task that does not exist: it reads the table once, and
changes nothing.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured, percentiles
from benchmarks.plan import Plan
from benchmarks.stack import Stack

_UNKNOWN = "benchmark-unknown"
_WARMING_UP = 10

# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
_EVENT = {
    "resource": "/tasks/{taskId}",
    "path": f"/tasks/{_UNKNOWN}",
    "httpMethod": "GET",
    "headers": {"Accept": "application/json"},
    "multiValueHeaders": {"Accept": ["application/json"]},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": {"taskId": _UNKNOWN},
    "stageVariables": None,
    "requestContext": {
        "requestId": "benchmark",
        "httpMethod": "GET",
        "path": f"/tasks/{_UNKNOWN}",
        "stage": "benchmark",
        "identity": {"sourceIp": "127.0.0.1"},
    },
    "body": None,
    "isBase64Encoded": False,
}


def cold(stack: Stack, plan: Plan) -> Measured:
    """Measure first invocations of new functions, which have no execution environment yet."""
    with _copies(stack, plan.cold_invocations) as names:
        return percentiles("cold_invoke", [invoke(stack, name) for name in names])


def warm(stack: Stack, plan: Plan) -> Measured:
    """Measure successive invocations of manage_tasks itself."""
    name = stack.settings.live_function("manage_tasks")
    for _ in range(_WARMING_UP):
        invoke(stack, name)
    return percentiles("warm_invoke", [invoke(stack, name) for _ in range(plan.warm_invocations)])


def invoke(stack: Stack, name: str) -> float:
    """Invoke a function and return the seconds until its response.

    Raises:
        MeasurementFailed: If the function does not respond with 404.
    """
    began = time.perf_counter()
    answer = stack.functions.invoke(FunctionName=name, Payload=json.dumps(_EVENT))
    payload = answer["Payload"].read()
    seconds = time.perf_counter() - began
    if json.loads(payload).get("statusCode") != 404:
        raise MeasurementFailed(f"{name} answered {payload[:200].decode(errors='replace')} instead of 404")
    return seconds


@contextmanager
def _copies(stack: Stack, count: int) -> Iterator[list[str]]:
    """Create copies of manage_tasks for the block, with a new role: the original's is bound to its name."""
    names = [f"{stack.settings.stack_name}-cold-{n}" for n in range(count)]
    role = _role(stack)
    model = stack.functions.get_function_configuration(
        FunctionName=stack.settings.function_name("manage_tasks")
    )
    try:
        for name in names:
            stack.functions.create_function(
                FunctionName=name,
                Runtime=model["Runtime"],
                Handler=model["Handler"],
                Role=role,
                MemorySize=model["MemorySize"],
                Timeout=model["Timeout"],
                Environment={"Variables": model["Environment"]["Variables"]},
                Code={"S3Bucket": stack.code.bucket, "S3Key": stack.code.key},
            )
        for name in names:
            stack.functions.get_waiter("function_active_v2").wait(FunctionName=name)
        yield names
    finally:
        for name in names:
            stack.functions.delete_function(FunctionName=name)


def _role(stack: Stack) -> str:
    """Return the ARN of a role that may read tables, and create the role if it does not exist."""
    iam, name = stack.session.client("iam"), f"{stack.settings.stack_name}-cold"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]
    reading = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=_policy(reading))
    return str(role["Arn"])


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
