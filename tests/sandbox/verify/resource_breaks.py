"""Ways to temporarily break a promise about a resource's settings that `faultline verify` checks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.stack import physical_ids
from tests.eventually import eventually
from tests.sandbox.executor.localstack import zipped


@contextmanager
def a_queue_with(at: Deployed, **attributes: str) -> Iterator[None]:
    queues: Any = at.session.client("sqs")
    url = at.outputs.task_dlq_url
    before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    queues.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    yield
    queues.set_queue_attributes(QueueUrl=url, Attributes={name: before[name] for name in attributes})


@contextmanager
def a_protected_table(at: Deployed) -> Iterator[None]:
    tables, name = at.session.client("dynamodb"), at.outputs.task_table_name
    tables.update_table(TableName=name, DeletionProtectionEnabled=True)
    yield
    tables.update_table(TableName=name, DeletionProtectionEnabled=False)


@contextmanager
def no_recovery(at: Deployed) -> Iterator[None]:
    tables, name = at.session.client("dynamodb"), at.outputs.task_table_name

    def enabled(value: bool) -> None:
        tables.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": value}
        )

    enabled(False)
    yield
    enabled(True)


@contextmanager
def an_alias_on(at: Deployed, version: str) -> Iterator[None]:
    functions, name = at.session.client("lambda"), at.settings.function_name("manage_tasks")
    before = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    yield
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=before)


@contextmanager
def newer_code(at: Deployed) -> Iterator[None]:
    """Update a function's code without its alias, like a deployment that ends early."""
    functions, name = at.session.client("lambda"), at.settings.function_name("manage_tasks")
    before = functions.get_function(FunctionName=name)["Code"]["Location"]

    def becomes(code: bytes) -> None:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)

    old = requests.get(before, timeout=60).content
    becomes(zipped("def handler(event, context): pass"))
    yield
    becomes(old)


@contextmanager
def loops_that(at: Deployed, function: str, become: Any, from_: Any) -> Iterator[None]:
    functions, name = at.session.client("lambda"), at.settings.function_name(function)
    functions.put_function_recursion_config(FunctionName=name, RecursiveLoop=become)
    yield
    functions.put_function_recursion_config(FunctionName=name, RecursiveLoop=from_)


@contextmanager
def a_slower_queue(at: Deployed) -> Iterator[None]:
    functions = at.session.client("lambda")
    name = at.settings.live_function("monitor_dlq")
    id = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"][0]["UUID"]

    def at_most(invocations: int) -> None:
        functions.update_event_source_mapping(UUID=id, ScalingConfig={"MaximumConcurrency": invocations})
        eventually(lambda: functions.get_event_source_mapping(UUID=id)["State"] == "Enabled")

    at_most(2)
    yield
    at_most(at.settings.monitor_concurrency)


@contextmanager
def a_key_without_tags(at: Deployed) -> Iterator[None]:
    keys = at.session.client("kms")
    [key] = physical_ids(at, "AWS::KMS::Key").values()
    tags = keys.list_resource_tags(KeyId=key)["Tags"]
    keys.untag_resource(KeyId=key, TagKeys=[tag["TagKey"] for tag in tags])
    yield
    keys.tag_resource(KeyId=key, Tags=tags)
