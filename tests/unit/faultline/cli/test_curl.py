"""The curl lines to paste after a deployment."""

import pytest

from faultline.cli.curl import curl, first_steps
from faultline.client.authentication import API_KEY_VARIABLE, key_of_caller
from faultline.client.errors import MissingApiKey
from infra.stages import stage


@pytest.mark.parametrize(("aws", "options"), [(True, "--aws --stage prod"), (False, "--stage prod")])
def test_a_key_is_created_where_the_stage_is(
    monkeypatch: pytest.MonkeyPatch, aws: bool, options: str
) -> None:
    """The command that creates a key has `--aws` if the stage is on AWS."""
    monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
    [key, _] = first_steps("https://api.example", stage("prod"), aws=aws)
    assert f"$(faultline keys create {options} me)" in key
    with pytest.raises(MissingApiKey, match=f"keys create {options} NAME"):
        key_of_caller("prod", aws=aws)


def test_the_prompt_is_not_glued_to_the_answer() -> None:
    assert r" -w '\n' " in curl("https://api.example", stage("dev"))
