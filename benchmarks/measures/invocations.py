"""How long an invocation takes, of a function that is cold and of one that is warm.

The function is manage_tasks, asked for a task that does not exist: it reads the table once, and
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
    """The first invocation of functions that are made for it: no emulator has an environment of them yet."""
    with _copies(stack, plan.cold_invocations) as names:
        return percentiles("cold_invoke", [invoke(stack, name) for name in names])


def warm(stack: Stack, plan: Plan) -> Measured:
    """Invocations of manage_tasks itself, one after another."""
    name = stack.settings.function_name("manage_tasks")
    for _ in range(_WARMING_UP):
        invoke(stack, name)
    return percentiles("warm_invoke", [invoke(stack, name) for _ in range(plan.warm_invocations)])


def invoke(stack: Stack, name: str) -> float:
    """Invoke and wait; the seconds it took.

    Raises:
        MeasurementFailed: the function did not answer what it was to.
    """
    began = time.perf_counter()
    answer = stack.functions.invoke(FunctionName=name, Payload=json.dumps(_EVENT))
    said = answer["Payload"].read()
    seconds = time.perf_counter() - began
    if json.loads(said).get("statusCode") != 404:
        raise MeasurementFailed(f"{name} answered {said[:200].decode(errors='replace')} instead of 404")
    return seconds


@contextmanager
def _copies(stack: Stack, count: int) -> Iterator[list[str]]:
    """Functions that are manage_tasks by other names; its role would be of no use to them."""
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
    """A role that may read the table, made unless it is there; its ARN."""
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
