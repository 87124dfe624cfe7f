"""The number of partitions in the table's indexes, when a deployment that raises it fails."""

from dataclasses import replace
from typing import Any

import pytest

from infra.errors import DeploymentFailed
from infra.stack.index_shards import telling_of_new_shards
from infra.stages import stage


def deployed(shards: int | None) -> dict[str, Any]:
    variables = {} if shards is None else {"INDEX_SHARDS": str(shards)}
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": variables}}}
    return {"Resources": {"Function": function}}


@pytest.mark.parametrize(
    ("template", "is_told"),
    [(deployed(8), True), (deployed(16), False), (deployed(None), False), ({}, False)],
    ids=["a raise", "the same", "no number", "a new stack"],
)
def test_a_raise_that_fails_is_to_be_deployed_again(template: dict[str, Any], is_told: bool) -> None:
    told: list[str] = []
    settings = replace(stage("dev"), index_shards=16)
    with (
        pytest.raises(DeploymentFailed, match="out of luck"),
        telling_of_new_shards(settings, template, told.append),
    ):
        raise DeploymentFailed("out of luck")
    assert [each.partition(":")[0] for each in told] == (
        ["index_shards was being raised from 8 to 16"] if is_told else []
    )


def test_a_raise_that_succeeds_needs_no_word() -> None:
    told: list[str] = []
    with telling_of_new_shards(replace(stage("dev"), index_shards=16), deployed(8), told.append):
        pass
    assert told == []
