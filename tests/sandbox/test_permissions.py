"""Enforcement of function roles' permissions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
import requests

from sandbox.process.state_file import Sandbox
from tests.sandbox.executor.localstack import zipped
from tests.sandbox.waiting import wait_until_active

SOURCE = """
    import os, sys
    sys.path.append(os.environ["LIBRARIES"])
    import boto3
    from botocore.exceptions import ClientError

    def handler(event, context):
        service, method, parameters = event
        try:
            getattr(boto3.client(service), method)(**parameters)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return [status, error.response["Error"]["Code"], error.response["Error"]["Message"]]
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
KEY = {"id": {"S": "one"}}


class Function:
    """A function that makes a call, and its role."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client
        self.name = f"permissions-{uuid.uuid4().hex[:10]}"
        role = client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST))
        client("lambda").create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": zipped(SOURCE)},
            Timeout=30,
            Environment={"Variables": {"LIBRARIES": str(Path(botocore.__file__).parents[1])}},
        )
        wait_until_active(client("lambda"), self.name)
        client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        self.table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{self.name}"
        self.queue = client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        self.topic = client("sns").create_topic(Name=self.name)["TopicArn"]

    def may(self, *statements: dict[str, Any]) -> None:
        """Give the role this policy, and no other."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self._client("iam").put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=document)

    def calls(self, service: str, method: str, **parameters: Any) -> list[Any] | None:
        """Make a call; return None if it was allowed, else the error's status, code and message."""
        answer = self._client("lambda").invoke(
            FunctionName=self.name, Payload=json.dumps([service, method, parameters])
        )
        found: list[Any] | None = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, found
        return found

    def puts(self) -> list[Any] | None:
        return self.calls("dynamodb", "put_item", TableName=self.name, Item=KEY)


@pytest.fixture(scope="module")
def function(client: Callable[[str], Any]) -> Iterator[Function]:
    made = Function(client)
    yield made
    client("lambda").delete_function(FunctionName=made.name)


def allow(*actions: str, on: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def deny(*actions: str, on: str = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on}


def test_what_is_allowed_is_done(function: Function) -> None:
    """A call succeeds if the policy allows its action on its resource."""
    function.may(allow("dynamodb:PutItem", on=function.table))
    assert function.puts() is None


def test_what_is_not_allowed_is_refused_as_aws_words_it(function: Function) -> None:
    """A refusal's message has the identity, the action, the resource and the reason."""
    function.may(allow("dynamodb:GetItem", on=function.table))
    refused = function.puts()
    caller = f"arn:aws:sts::000000000000:assumed-role/{function.name}/{function.name}"
    assert refused == [
        400,
        "AccessDeniedException",
        f"User: {caller} is not authorized to perform: dynamodb:PutItem on resource: {function.table} "
        "because no identity-based policy allows the dynamodb:PutItem action",
    ]


def test_another_resource_is_refused(function: Function) -> None:
    """A call is refused if the policy allows its action on another resource only."""
    function.may(allow("dynamodb:PutItem", on=f"{function.table}-of-others"))
    assert (function.puts() or [])[1] == "AccessDeniedException"


def test_what_is_denied_is_refused_though_it_is_allowed(function: Function) -> None:
    """An explicit deny overrides every allow, and the message says so."""
    function.may(allow("dynamodb:*"), deny("dynamodb:PutItem", on=function.table))
    refused = function.puts() or []
    assert refused[2].endswith("with an explicit deny in an identity-based policy")


def test_what_the_boundary_does_not_allow_is_refused(
    function: Function, client: Callable[[str], Any]
) -> None:
    """A role's policies cannot allow more than its permissions boundary.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    function.may(allow("dynamodb:*"))
    iam = client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("dynamodb:GetItem")]})
    policy = iam.create_policy(PolicyName=function.name, PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=function.name, PermissionsBoundary=policy)
    try:
        refused = function.puts() or []
        assert refused[2].endswith("because no permissions boundary allows the dynamodb:PutItem action")
        assert function.calls("dynamodb", "get_item", TableName=function.name, Key=KEY) is None
    finally:
        iam.delete_role_permissions_boundary(RoleName=function.name)
    assert function.puts() is None


def test_patterns_match(function: Function) -> None:
    """`*` is a wildcard in actions and in resources."""
    function.may(allow("dynamodb:Put*", on=function.table[:-3] + "*"))
    assert function.puts() is None


@pytest.mark.parametrize(
    ("service", "error"),
    [
        ("sqs", [403, "AccessDenied"]),
        ("sns", [403, "AuthorizationError"]),
        ("ssm", [400, "AccessDeniedException"]),
    ],
)
def test_services_have_errors_of_their_own(function: Function, service: str, error: list[Any]) -> None:
    """A refusal has the status and the code of the called service."""
    function.may(allow("dynamodb:*"))
    call: dict[str, tuple[str, dict[str, Any]]] = {
        "sqs": ("send_message", {"QueueUrl": function.queue, "MessageBody": "body"}),
        "sns": ("publish", {"TopicArn": function.topic, "Message": "message"}),
        "ssm": ("get_parameter", {"Name": "/some/parameter"}),
    }
    method, parameters = call[service]
    assert (function.calls(service, method, **parameters) or [])[:2] == error


def test_a_transaction_needs_what_its_items_need(function: Function) -> None:
    """A transaction is refused unless each of its items' actions is allowed."""
    items = [
        {"Put": {"TableName": function.name, "Item": {"id": {"S": "two"}}}},
        {"Delete": {"TableName": function.name, "Key": {"id": {"S": "three"}}}},
    ]
    function.may(allow("dynamodb:PutItem", on=function.table))
    refused = function.calls("dynamodb", "transact_write_items", TransactItems=items) or []
    assert "dynamodb:DeleteItem on resource" in refused[2]
    function.may(allow("dynamodb:PutItem", "dynamodb:DeleteItem", on=function.table))
    assert function.calls("dynamodb", "transact_write_items", TransactItems=items) is None


def test_who_one_is_may_always_be_asked(function: Function) -> None:
    """GetCallerIdentity is allowed even if a policy denies it.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    function.may(deny("*"))
    assert function.calls("sts", "get_caller_identity") is None


def only(statement: dict[str, Any], **condition: dict[str, Any]) -> dict[str, Any]:
    return statement | {"Condition": condition}


def test_a_role_may_insist_on_its_function(function: Function) -> None:
    """A policy can require a function's ARN, which only that function's requests have.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    own = f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}"
    function.may(only(allow("dynamodb:PutItem"), ArnEquals={"lambda:SourceFunctionArn": own}))
    assert function.puts() is None
    function.may(only(allow("dynamodb:PutItem"), ArnEquals={"lambda:SourceFunctionArn": f"{own}-2"}))
    assert (function.puts() or [])[1] == "AccessDeniedException"


def test_a_condition_that_is_not_understood_allows_nothing_and_denies(function: Function) -> None:
    """A statement with an unsupported condition never allows a call, and always denies it."""
    unknown = {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    function.may(only(allow("dynamodb:PutItem"), **unknown))
    assert (function.puts() or [])[1] == "AccessDeniedException"
    function.may(allow("dynamodb:PutItem"), only(deny("dynamodb:PutItem"), **unknown))
    assert (function.puts() or [])[1] == "AccessDeniedException"


def test_only_who_may_list_a_bucket_learns_that_an_object_is_missing(
    function: Function, client: Callable[[str], Any]
) -> None:
    """A missing object is 404 for a role that may list the bucket, and 403 for any other."""
    client("s3").create_bucket(Bucket=function.name)
    client("s3").put_object(Bucket=function.name, Key="there", Body=b"")
    bucket = f"arn:aws:s3:::{function.name}"

    def reads(key: str) -> list[Any] | None:
        return function.calls("s3", "get_object", Bucket=function.name, Key=key)

    function.may(allow("s3:GetObject", on=f"{bucket}/*"))
    assert reads("there") is None
    assert (reads("missing") or [])[:2] == [403, "AccessDenied"]
    function.may(allow("s3:GetObject", on=f"{bucket}/*"), allow("s3:ListBucket", on=bucket))
    assert (reads("missing") or [])[:2] == [404, "NoSuchKey"]


def test_what_a_function_did_is_remembered(function: Function, sandbox: Sandbox) -> None:
    """Each allowed action and resource is recorded once; refused ones are not."""

    def remembered() -> list[dict[str, Any]]:
        answer = requests.get(f"{sandbox.endpoint_url}/_faultline/permissions", timeout=60).json()
        assert answer["complete"] is True
        return [each for each in answer["permissions"] if each["function"] == function.name]

    function.may(allow("dynamodb:PutItem"))
    assert function.puts() is None
    assert function.puts() is None
    assert function.calls("sqs", "send_message", QueueUrl=function.queue, MessageBody="body") is not None
    [put] = [each for each in remembered() if each["action"] == "dynamodb:PutItem"]
    assert put["resource"] == function.table
    function.may(allow("sqs:SendMessage"))
    assert function.calls("sqs", "send_message", QueueUrl=function.queue, MessageBody="body") is None
    assert any(each["action"] == "sqs:SendMessage" for each in remembered())


def test_the_operator_is_not_restricted(function: Function, client: Callable[[str], Any]) -> None:
    """The operator's calls are not restricted, since roles apply only to functions."""
    function.may(deny("*"))
    client("dynamodb").put_item(TableName=function.name, Item=KEY)
