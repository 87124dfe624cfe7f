"""Scheduled rules, whose targets start according to the rules' current settings.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.eventually import eventually
from tests.sandbox.waiting import wait_until_active

MINUTE = 60
INPUT = {"forSeconds": 50, "text": "as it is: é"}


def test_rules_as_they_are_now(client: Callable[[str], Any]) -> None:
    """A scheduled rule starts each target once, according to its current settings.

    A single test covers all cases, because each would wait for a minute. A function is invoked with the
    constant input and nothing else. A target that was put twice is started once, with the newer input. A
    disabled or deleted rule starts nothing, and a rule that was enabled again starts its target.
    """
    events, sqs = client("events"), client("sqs")
    name = f"r{uuid4().hex}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def rule(which: str, target: str, constant: dict[str, Any], state: str = "ENABLED") -> None:
        events.put_rule(Name=f"{name}-{which}", ScheduleExpression="rate(1 minute)", State=state)
        events.put_targets(
            Rule=f"{name}-{which}", Targets=[{"Id": "target", "Arn": target, "Input": json.dumps(constant)}]
        )

    function = make_function(client, name)
    rule("function", function, {"old": True})
    rule("function", function, INPUT)
    rule("twice", arn, {"is": "first"})
    rule("twice", arn, {"is": "second"})
    rule("disabled", arn, {"is": "disabled"})
    events.disable_rule(Name=f"{name}-disabled")
    rule("enabled", arn, {"is": "enabled"}, state="DISABLED")
    events.enable_rule(Name=f"{name}-enabled")
    rule("deleted", arn, {"is": "deleted"})
    events.remove_targets(Rule=f"{name}-deleted", Ids=["target"])
    events.delete_rule(Name=f"{name}-deleted")

    arrived: list[str] = []

    def receive() -> None:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        arrived.extend(json.loads(message["Body"])["is"] for message in messages)

    def all_arrived() -> bool:
        receive()
        return {"second", "enabled"} <= {*arrived} and bool(invocations(client, name))

    eventually(all_arrived, within=2 * MINUTE, every=2)
    time.sleep(2)  # a superfluous invocation comes at the same moment
    receive()
    assert sorted(arrived) == ["enabled", "second"]
    assert invocations(client, name) == [INPUT]
    for which in ("function", "twice", "enabled"):
        events.disable_rule(Name=f"{name}-{which}")


def make_function(client: Callable[[str], Any], name: str) -> str:
    """Make a function that logs its event; return its ARN."""
    artifact = io.BytesIO()
    with zipfile.ZipFile(artifact, "w") as archive:
        source = "import json\ndef handle(event, context): print('event ' + json.dumps(event))\n"
        archive.writestr("function.py", source)
    functions = client("lambda")
    arn: str = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="function.handle",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": artifact.getvalue()},
        Timeout=60,
    )["FunctionArn"]
    wait_until_active(functions, name)
    return arn


def invocations(client: Callable[[str], Any], name: str) -> list[Any]:
    """Return the events of the function's invocations."""
    logs = client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = [each["message"].strip() for each in found]
    return [json.loads(line.removeprefix("event ")) for line in lines if line.startswith("event ")]
