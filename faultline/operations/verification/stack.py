"""Template and physical ids of a deployed stage's stack."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from faultline.operations.verification.deployed import Deployed
from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from infra.stack.functions import CodeLocation
from infra.template import template

_RENDERING = Lock()
"""Lock for rendering OpenAPI documents, since Powertools' resolvers are not thread-safe."""


def rendered(stage: Deployed, kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the properties of the template's resources of a type, by logical id."""
    with _RENDERING:  # The location of the code does not matter here.
        resources = template(stage.settings, CodeLocation(bucket="any", key="any"), resolvers()).to_dict()
    return {name: each["Properties"] for name, each in resources["Resources"].items() if each["Type"] == kind}


def paths(stage: Deployed) -> dict[str, Any]:
    """Return the paths of the API's OpenAPI document."""
    with _RENDERING:
        return dict(client_document(stage.settings, resolvers(), None)["paths"])


def physical_ids(stage: Deployed, kind: str) -> dict[str, str]:
    """Return the physical ids of the stack's resources of a type, by logical id."""
    pages = stage.session.client("cloudformation").get_paginator("list_stack_resources")
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages.paginate(StackName=stage.settings.stack_name)
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] == kind
    }
