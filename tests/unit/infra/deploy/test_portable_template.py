"""The template for other tools: that of `faultline deploy`, with parameters."""

from pathlib import Path
from typing import Any

from infra.api.openapi import Resolvers
from infra.deploy.packaging import Artifact
from infra.deploy.portable_template import artifact_key, portable_template
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings
from infra.template import template
from tests.unit.infra.rendered import of_type

ARTIFACT = Artifact(path=Path("/nonexistent"), sha256="0a1b")


def portable(settings: StageSettings, apis: Resolvers) -> dict[str, Any]:
    return portable_template(settings, ARTIFACT, apis)


def test_every_function_has_the_code_of_its_artifact(settings: StageSettings, apis: Resolvers) -> None:
    """The bucket is a parameter, but not the key, whose value in the deployed stack would be kept."""
    rendered = portable(settings, apis)

    functions = of_type(rendered, "AWS::Lambda::Function").values()
    code = {"S3Bucket": {"Ref": "ArtifactBucket"}, "S3Key": "functions/0a1b.zip"}
    assert [each["Code"] for each in functions] == [code] * 5
    protected = {"ProtectTable"} if settings.retain_data else set()
    assert rendered["Parameters"].keys() == {"ArtifactBucket"} | protected
    assert "Default" not in rendered["Parameters"]["ArtifactBucket"]


def test_the_rest_is_what_a_deployment_sends(settings: StageSettings, apis: Resolvers) -> None:
    """Apart from the parameters, the portable template is the deployed one, versions included."""
    rendered = portable(settings, apis)
    code = CodeLocation(bucket="faultline-artifacts", key=artifact_key(ARTIFACT))
    sent = template(settings, code, apis).to_dict()

    del rendered["Parameters"]
    assert bool(rendered.pop("Conditions", None)) is settings.retain_data
    for each in (rendered, sent):
        for function in of_type(each, "AWS::Lambda::Function").values():
            assert function.pop("Code")
        assert each["Resources"]["TaskTable"]["Properties"].pop("DeletionProtectionEnabled") is not None
    assert rendered == sent


def test_a_table_is_protected_only_when_the_stack_is_complete(
    settings: StageSettings, apis: Resolvers
) -> None:
    """Where a stage protects its table, a parameter does, which is false in the first deployment."""
    rendered = portable(settings, apis)

    protection = rendered["Resources"]["TaskTable"]["Properties"]["DeletionProtectionEnabled"]
    if not settings.retain_data:
        assert protection is False
        return
    assert protection == {"Fn::If": ["TableIsProtected", True, False]}
    parameter = rendered["Parameters"]["ProtectTable"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["false", "true"])


def test_another_artifact_has_other_versions(settings: StageSettings, apis: Resolvers) -> None:
    def versions(sha256: str) -> set[str]:
        artifact = Artifact(path=Path("/nonexistent"), sha256=sha256)
        return set(of_type(portable_template(settings, artifact, apis), "AWS::Lambda::Version"))

    assert len(versions("0a1b")) == 5
    assert not versions("0a1b") & versions("0a1c")
