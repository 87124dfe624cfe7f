"""Ways to temporarily break a promise about tasks that `faultline verify` checks."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event

from faultline.operations.verification.deployed import Deployed
from tests.eventually import eventually


@contextmanager
def an_open_route(at: Deployed) -> Iterator[None]:
    api = at.session.client("apigateway")
    [found] = [each for each in api.get_rest_apis()["items"] if at.settings.stack_name in each["name"]]
    id = found["id"]
    [route] = [each for each in api.get_resources(restApiId=id)["items"] if each["path"] == "/redrives"]

    def required(value: str) -> None:
        operation = {"op": "replace", "path": "/apiKeyRequired", "value": value}
        api.update_method(
            restApiId=id,
            resourceId=route["id"],
            httpMethod="POST",
            patchOperations=[operation],  # type: ignore[list-item]
        )
        api.create_deployment(restApiId=id, stageName=at.settings.name)

    required("false")
    yield
    required("true")


@contextmanager
def no_processing(at: Deployed) -> Iterator[None]:
    functions = at.session.client("lambda")
    sources = functions.list_event_source_mappings(EventSourceArn=_arn(at, at.outputs.task_queue_url))
    id = sources["EventSourceMappings"][0]["UUID"]

    def becomes(state: str) -> None:
        functions.update_event_source_mapping(UUID=id, Enabled=state == "Enabled")
        eventually(lambda: functions.get_event_source_mapping(UUID=id)["State"] == state)

    becomes("Disabled")
    yield
    becomes("Enabled")


@contextmanager
def no_function(at: Deployed, name: str) -> Iterator[None]:
    functions, name = at.session.client("lambda"), at.settings.function_name(name)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield
    functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def roles_with(at: Deployed, effect: str, action: str) -> Iterator[None]:
    functions, iam = at.session.client("lambda"), at.session.client("iam")
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    roles = [
        functions.get_function(FunctionName=at.settings.function_name(name))["Configuration"]["Role"]
        for name in ("submit_task", "process_task", "monitor_dlq")
    ]
    for role in roles:
        iam.put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="broken", PolicyDocument=document)
    yield
    for role in roles:
        iam.delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="broken")


@contextmanager
def no_dashboard(at: Deployed) -> Iterator[None]:
    cloudwatch = at.session.client("cloudwatch")
    name = at.outputs.dashboard_names.split(",")[0]
    body = cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]
    cloudwatch.delete_dashboards(DashboardNames=[name])
    yield
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)


@contextmanager
def no_log_group(at: Deployed) -> Iterator[None]:
    """Delete the log group repeatedly, since it exists again whenever a function logs."""
    logs, name, over = at.session.client("logs"), at.settings.log_group_name, Event()

    def delete() -> None:
        while not over.wait(0.02):
            with suppress(logs.exceptions.ResourceNotFoundException):
                logs.delete_log_group(logGroupName=name)

    with ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(delete)
        yield
        over.set()
        deleting.result()


@contextmanager
def a_silent_alarm(at: Deployed) -> Iterator[None]:
    cloudwatch, names = at.session.client("cloudwatch"), [f"{at.settings.stack_name}-dead-letters"]
    cloudwatch.disable_alarm_actions(AlarmNames=names)
    yield
    cloudwatch.enable_alarm_actions(AlarmNames=names)


@contextmanager
def an_alarm_on(at: Deployed, dimension: str) -> Iterator[None]:
    cloudwatch, name = at.session.client("cloudwatch"), f"{at.settings.stack_name}-broken"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/Any",
        MetricName="Any",
        Dimensions=[{"Name": dimension, "Value": "nothing"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    yield
    cloudwatch.delete_alarms(AlarmNames=[name])


def _arn(at: Deployed, url: str) -> str:
    queues = at.session.client("sqs")
    return str(
        queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    )
