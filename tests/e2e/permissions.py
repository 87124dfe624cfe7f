"""The permissions that the functions used in a run, compared with those that they have."""

import re

import requests

from infra.stack.permission_table import permission_table
from infra.stack.roles import Caller
from tests.e2e.stack import Stack

PATH = "/_faultline/permissions"
"""Path at which the sandbox reports the used permissions (sandbox/services/iam/permissions/usage.py)."""

type Use = tuple[str, str, str, str]
"""Function, action, resource by its logical id, module of `lambdas`."""


def declared(stack: Stack) -> set[Use]:
    """Return the permissions that the roles declare for the functions' own modules."""
    return {
        (row.function, row.action, row.resource, module)
        for row in permission_table(stack.settings)
        if not isinstance(row.used, Caller)
        for module in row.used
    }


def recorded(stack: Stack, endpoint_url: str) -> set[Use] | None:
    """Return the permissions that the sandbox saw in use; None if the endpoint does not record them."""
    answer = requests.get(endpoint_url.rstrip("/") + PATH, timeout=60)
    if answer.status_code != 200:
        return None
    found = answer.json()
    assert found["complete"], "more was done than the sandbox remembers"
    functions = {
        stack.settings.function_name(row.function): row.function for row in permission_table(stack.settings)
    }
    names = _logical_ids(stack)
    return {
        (
            functions[each["function"]],
            each["action"],
            _logical(each["resource"], names),
            str(each["caller"]).removeprefix("lambdas."),
        )
        for each in found["permissions"]
        if each["function"] in functions
    }


def differences(declared: set[Use], recorded: set[Use]) -> list[str]:
    """Return a line for each unused permission, and for each use that is not declared."""
    return [
        *(f"never used: {' '.join(use)}" for use in sorted(declared - recorded)),
        *(f"not declared in infra/stack/roles.py: {' '.join(use)}" for use in sorted(recorded - declared)),
    ]


_NAMED = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue")


def _logical_ids(stack: Stack) -> dict[str, str]:
    """Map the last part of each resource's physical id, which is unique, to its logical id."""
    pages = stack.session.client("cloudformation").get_paginator("list_stack_resources")
    return {
        re.split("[/:]", each["PhysicalResourceId"])[-1]: each["LogicalResourceId"]
        for page in pages.paginate(StackName=stack.settings.stack_name)
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] in _NAMED
    }


def _logical(arn: str | None, names: dict[str, str]) -> str:
    """Shorten an ARN by logical ids: `arn:...:table/<name>/index/by-state` -> `TaskTable/index/by-state`.

    `TaskBucket/*` stands for all objects in a bucket.
    """
    last = str(arn).split(":", 5)[-1]
    if last.startswith("parameter/"):
        return last.removeprefix("parameter")
    name, slash, rest = last.removeprefix("table/").partition("/")
    return names.get(name, name) + slash + ("*" if slash and str(arn).startswith("arn:aws:s3:") else rest)
