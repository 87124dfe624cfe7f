"""The exact permissions of each function."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from faultline.cli.permissions import markdown
from infra.stack.permission_table import permission_table
from infra.stack.roles import Caller
from infra.stages import STAGES, stage
from tests.unit.infra.project.folder import project
from tests.unit.infra.rendered import Render

TABLE, QUEUE, DLQ, CIRCUITS = "TaskTable.Arn", "TaskQueue.Arn", "TaskDlq.Arn", "CircuitTable.Arn"
BUCKET, OBJECTS = "TaskBucket.Arn", "${TaskBucket.Arn}/*"
BY_STATE, BY_SUBMISSION, BY_RELEASE, BY_ORDERING_KEY, BY_REFERENCE = (
    f"${{TaskTable.Arn}}/index/{index}"
    for index in ("by-state", "by-submission", "by-release", "by-ordering-key", "by-reference")
)
PERMISSION = """
[[permissions]]
actions = ["s3:PutObject"]
resources = ["arn:aws:s3:::mine/*"]
reason = "one each"
"""

ALLOWED: dict[str, set[tuple[str, str]]] = {
    "SubmitTask": {
        ("s3:PutObject", OBJECTS),
        ("s3:GetObject", OBJECTS),
        ("s3:ListBucket", BUCKET),
        ("dynamodb:BatchGetItem", TABLE),
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("sqs:SendMessage", QUEUE),
    },
    "ManageTasks": {
        ("s3:PutObject", OBJECTS),
        ("s3:GetObject", OBJECTS),
        ("s3:ListBucket", BUCKET),
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:BatchGetItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:Query", BY_STATE),
        ("dynamodb:Query", BY_SUBMISSION),
        ("dynamodb:Query", BY_ORDERING_KEY),
        ("dynamodb:Query", BY_REFERENCE),
        ("dynamodb:Query", CIRCUITS),
        ("dynamodb:UpdateItem", CIRCUITS),
        ("sqs:ChangeMessageVisibility", QUEUE),
        ("sqs:SendMessage", QUEUE),
    },
    "ProcessTask": {
        ("kms:Decrypt", "DataKey.Arn"),
        ("s3:PutObject", OBJECTS),
        ("s3:GetObject", OBJECTS),
        ("s3:ListBucket", BUCKET),
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("dynamodb:GetItem", CIRCUITS),
        ("dynamodb:PutItem", CIRCUITS),
        ("dynamodb:UpdateItem", CIRCUITS),
        ("dynamodb:Query", CIRCUITS),
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("sqs:ChangeMessageVisibility", QUEUE),
        ("sqs:SendMessage", QUEUE),
        ("sqs:SendMessage", DLQ),
    },
    "MonitorDlq": {
        ("s3:GetObject", OBJECTS),
        ("s3:ListBucket", BUCKET),
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:Query", BY_STATE),
        ("sqs:ReceiveMessage", DLQ),
        ("sqs:DeleteMessage", DLQ),
        ("sqs:GetQueueAttributes", DLQ),
        ("sqs:SendMessage", QUEUE),
        ("sns:Publish", "AlertTopic"),
        ("kms:GenerateDataKey", "DataKey.Arn"),
        ("kms:Decrypt", "DataKey.Arn"),
    },
    "ReleaseTasks": {
        ("s3:PutObject", OBJECTS),
        ("s3:GetObject", OBJECTS),
        ("s3:ListBucket", BUCKET),
        ("dynamodb:BatchGetItem", TABLE),
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("dynamodb:Query", BY_STATE),
        ("dynamodb:Query", BY_RELEASE),
        ("dynamodb:Scan", BY_RELEASE),
        ("dynamodb:GetItem", CIRCUITS),
        ("dynamodb:Query", CIRCUITS),
        ("dynamodb:DeleteItem", CIRCUITS),
        ("sqs:SendMessage", QUEUE),
    },
}

# Every function writes logs and is traced; X-Ray has no resources.
ALWAYS = {
    ("logs:CreateLogStream", "Logs.Arn"),
    ("logs:PutLogEvents", "Logs.Arn"),
    ("xray:PutTraceSegments", "*"),
    ("xray:PutTelemetryRecords", "*"),
}


def parameter(name: str) -> tuple[str, str]:
    arn = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
    return "ssm:GetParameter", arn + name


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("function", ALLOWED)
def test_function_may_do_only_its_own(name: str, function: str, render: Render) -> None:
    rendered = render(stage(name))
    role = rendered["Resources"][f"{function}Role"]["Properties"]

    allowed = {
        (action, as_text(resource))
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }

    extra = set()
    if function == "ProcessTask":
        extra.add(parameter(f"/faultline/{name}/callback-secret"))
        if name in {"dev", "test"}:
            extra.add(parameter(f"/faultline/{name}/failure-rate"))
    assert allowed == ALLOWED[function] | ALWAYS | extra
    assert "ManagedPolicyArns" not in role
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "lambda.amazonaws.com"
    }


@pytest.mark.parametrize("name", STAGES)
def test_what_a_function_asks_for_itself_its_role_insists_on(name: str, render: Render) -> None:
    """A role's permissions are limited to its function, except where AWS's requests do not name it."""
    rendered = render(stage(name))
    unbound = set()
    for function in ALLOWED:
        role = rendered["Resources"][f"{function}Role"]["Properties"]
        [policy] = role["Policies"]
        own = rendered["Resources"][f"{function}Function"]["Properties"]["FunctionName"]
        for statement in policy["PolicyDocument"]["Statement"]:
            bound = statement.get("Condition", {}).get("ArnEquals", {}).get("lambda:SourceFunctionArn")
            if bound is None:
                unbound |= set(statement["Action"])
            else:
                of_function, of_version = bound
                assert of_function["Fn::Sub"].endswith(f":function:{own}")
                assert of_version["Fn::Sub"].endswith(f":function:{own}:*")
    assert unbound == {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("kms:GenerateDataKey", "kms:Decrypt"),
        # Lambda checks the first of them before it creates a traced function.
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    }


@pytest.mark.parametrize("name", STAGES)
def test_a_wildcard_has_a_reason(name: str) -> None:
    """The resource `*` has a reason that links to AWS's page, and no action has a wildcard."""
    for row in permission_table(stage(name)):
        assert "*" not in row.action
        assert row.resource != "*" or "docs.aws.amazon.com" in row.why


def test_a_permission_names_modules_that_exist() -> None:
    """Each module that a permission names exists, such as `store.table` in `lambdas/store/table.py`."""
    for row in permission_table(stage("test")):
        if not isinstance(row.used, Caller):
            for module in row.used:
                assert find_spec(f"lambdas.{module}") is not None, (row.function, module)


def test_the_page_of_permissions_is_what_the_command_prints() -> None:
    """`faultline permissions --stage test` generates docs/permissions.md."""
    page = Path(__file__).parents[4] / "docs" / "permissions.md"
    assert page.read_text() == markdown(permission_table(stage("test"))) + "\n"


def test_the_reason_of_a_project_is_given_for_its_own_resource(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page does not claim that a project's permission is for all resources."""
    monkeypatch.chdir(project(tmp_path, PERMISSION))
    page = markdown(permission_table(stage("test")))
    assert [line for line in page.splitlines() if "one each" in line] == [
        "- `s3` on `arn:aws:s3:::mine/*`: one each"
    ]


def as_text(resource: dict[str, Any] | str) -> str:
    """Return an ARN as text: `A.Arn` for Fn::GetAtt, `A` for Ref, and the text of Fn::Sub."""
    if isinstance(resource, str):
        return resource
    [[kind, value]] = resource.items()
    return ".".join(value) if kind == "Fn::GetAtt" else str(value)
