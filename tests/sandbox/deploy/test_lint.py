"""cfn-lint's check of the template, which takes too long for a unit test."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.api.openapi import resolvers
from infra.deploy.packaging import Artifact
from infra.deploy.portable_template import portable_template
from infra.stages import STAGES, stage
from tests.sandbox.deploy.stages_template import merged, templates

PORTABLE = "staging"
"""The stage that is checked in the template for other tools, which differs by parameters alone."""


def test_cfn_lint_finds_nothing() -> None:
    """cfn-lint reports no errors or warnings for the stages' resources, including the API's document."""
    from cfnlint.api import lint  # imported here, because the import takes seconds

    body, _ = merged(templates(name for name in STAGES if name != PORTABLE))
    assert lint(json.dumps(body)) == []


def test_references_lead_to_resources_of_the_same_stage() -> None:
    """References name resources of their own stage, which is not visible once stages are merged."""
    for body in templates(STAGES).values():
        named = {*references(body)}
        assert len(named) > 25
        assert named - body["Resources"].keys() == set()


def references(part: Any) -> Iterator[str]:
    """Yield the logical names to which a part of a template refers."""
    if isinstance(part, list):
        for each in part:
            yield from references(each)
    if isinstance(part, dict):
        for key, value in part.items():
            match key, value:
                case "Ref", str(text):
                    yield from _in_text(f"${{{text}}}")
                case "Fn::GetAtt", [str(name), *_]:
                    yield name
                case "Fn::GetAtt", str(text):
                    yield text.partition(".")[0]
                case "Fn::Sub", str(text):
                    yield from _in_text(text)
                case "Fn::Sub", [str(text), dict(variables)]:
                    yield from (name for name in _in_text(text) if name not in variables)
                    yield from references(variables)
                case "DependsOn", _:
                    yield from [value] if isinstance(value, str) else value
                case _:
                    yield from references(value)


def _in_text(text: str) -> list[str]:
    """Return the names in a text for Fn::Sub, without pseudo parameters."""
    return [name for name in re.findall(r"\$\{([^!}.]+)", text) if not name.startswith("AWS::")]


def test_cfn_lint_finds_nothing_in_the_template_for_other_tools() -> None:
    """cfn-lint reports nothing for a stage's portable template, such as unused parameters."""
    from cfnlint.api import lint

    artifact = Artifact(path=Path("/nonexistent"), sha256="0")
    assert lint(json.dumps(portable_template(stage(PORTABLE), artifact, resolvers()))) == []
