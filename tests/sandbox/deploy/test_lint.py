"""cfn-lint's check of the template, which takes too long for a unit test."""

import json
from pathlib import Path

import pytest

from infra.api.openapi import resolvers
from infra.deploy.packaging import Artifact
from infra.deploy.portable_template import portable_template
from infra.stack.functions import CodeLocation
from infra.stages import STAGES, stage
from infra.template import template

PORTABLE = "staging"
"""The stage that is checked in the template for other tools, which differs by parameters alone."""


@pytest.mark.parametrize("name", [name for name in STAGES if name != PORTABLE])
def test_cfn_lint_finds_nothing(name: str) -> None:
    """cfn-lint reports no errors or warnings for a stage's template, including the API's document."""
    from cfnlint.api import lint  # imported here, because the import takes seconds

    code = CodeLocation(bucket="faultline-artifacts", key="functions/0.zip")
    assert lint(template(stage(name), code, resolvers()).to_json()) == []


def test_cfn_lint_finds_nothing_in_the_template_for_other_tools() -> None:
    """cfn-lint reports nothing for a stage's portable template, such as unused parameters."""
    from cfnlint.api import lint

    artifact = Artifact(path=Path("/nonexistent"), sha256="0")
    assert lint(json.dumps(portable_template(stage(PORTABLE), artifact, resolvers()))) == []
