"""The templates of several stages in one, for tools that take long to check a template."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from infra.api.openapi import resolvers
from infra.stack.functions import CodeLocation
from infra.stages import stage
from infra.template import template

_DIFFERENT = ("Description", "Outputs", "Resources")
"""The sections in which stages differ."""


class Origin(NamedTuple):
    """A resource's logical name in its stages, and these stages."""

    resource: str
    stages: set[str]


def templates(stages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the template of each stage, by its name."""
    apis, code = resolvers(), CodeLocation(bucket="faultline-artifacts", key="functions/0.zip")
    return {name: json.loads(template(stage(name), code, apis).to_json()) for name in stages}


def merged(bodies: Mapping[str, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Merge the stages' templates, and return the result with the origin of each of its resources.

    A resource that several stages have is in it once if it is the same but for the stage's name, and
    otherwise once for each form. References lead to the first form, which has the same type.
    """
    first, *others = bodies.values()
    assert all(
        {**each, **dict.fromkeys(_DIFFERENT)} == {**first, **dict.fromkeys(_DIFFERENT)} for each in others
    )
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    names: dict[tuple[str, str], str] = {}
    for stage_name, body in bodies.items():
        for logical, resource in body["Resources"].items():
            form = json.dumps(resource, sort_keys=True).replace(stage_name, "<stage>")
            unique = logical + stage_name.title() if logical in resources else logical
            name = names.setdefault((logical, form), unique)
            resources.setdefault(name, resource)
            origins.setdefault(name, Origin(logical, set())).stages.add(stage_name)
        outputs |= {name + stage_name.title(): value for name, value in body["Outputs"].items()}
    return first | {"Resources": resources, "Outputs": outputs}, origins
