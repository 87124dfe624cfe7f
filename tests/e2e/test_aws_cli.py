"""Access to the stack with AWS's own command line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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

    # Version 1 of the command sends SQS calls of us-east-1 to AWS in spite of AWS_ENDPOINT_URL
    # (awscli/customizations/overridesslcommonname.py), but honours the option.
    endpoint = stack.session.client("sqs").meta.endpoint_url

    def run(*words: str) -> Any:
        command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", endpoint, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


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
