"""Access to the stack with AWS's own command line."""

import json
import os
from typing import Any

import pytest

from tests.e2e.aws_cli import called
from tests.e2e.stack import Stack


@pytest.fixture
def aws(stack: Stack) -> Any:
    credentials = stack.session.get_credentials()
    assert credentials is not None
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": stack.session.region_name,
        "AWS_DEFAULT_OUTPUT": "json",
    }
    return lambda *words: json.loads(called(environment, *words))


def test_the_stack_is_there_to_see(stack: Stack, aws: Any) -> None:
    """`aws` shows the stack, its queues, its table's items, and its log groups with their events."""
    task_id = stack.accepted()
    stack.ended(task_id)
    name = stack.settings.stack_name

    [described] = aws("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"]
    assert described["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert {each["OutputKey"] for each in described["Outputs"]} >= {"ApiUrl", "TaskQueueUrl", "TaskTableName"}

    queues = aws("sqs", "list-queues", "--queue-name-prefix", f"{name}-tasks")["QueueUrls"]
    assert set(queues) == {stack.outputs.task_queue_url, stack.outputs.task_dlq_url}
    attributes = aws(
        "sqs", "get-queue-attributes", "--queue-url", stack.outputs.task_queue_url, "--attribute-names", "All"
    )["Attributes"]
    assert attributes["VisibilityTimeout"] == str(stack.settings.visibility_timeout_seconds)
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == stack.settings.max_receive_count

    key = json.dumps({"taskId": {"S": task_id}})
    table = stack.outputs.task_table_name
    item = aws("dynamodb", "get-item", "--table-name", table, "--key", key)["Item"]
    assert item["status"] == {"S": "SUCCEEDED"}

    log = f"/aws/lambda/{name}"
    [group] = aws("logs", "describe-log-groups", "--log-group-name-prefix", log)["logGroups"]
    assert group["logGroupName"] == log
    assert group["retentionInDays"] == stack.settings.log_retention_days
    pattern = f'"{task_id}"'
    events = aws("logs", "filter-log-events", "--log-group-name", log, "--filter-pattern", pattern)["events"]
    lines = [json.loads(each["message"]) for each in events if each["message"].startswith("{")]
    assert "task succeeded" in {line["message"] for line in lines if line.get("task_id") == task_id}
