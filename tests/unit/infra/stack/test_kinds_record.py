"""The record of the deployed kinds of work in the template, and the refusal to remove one."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from infra.errors import KindsMissing
from infra.project.project import read
from infra.stack.kinds_record import kinds_record, refuse_removal
from infra.stages import StageSettings, stage
from lambdas.work.kinds import KINDS
from lambdas.work.registry import Payload, Registry, WorkContext, kind
from tests.unit.infra.project.folder import project

PROD = stage("prod")


@kind("greet")
def greet(payload: Payload, context: WorkContext) -> None:
    raise NotImplementedError


def test_every_template_records_its_kinds(rendered: dict[str, Any]) -> None:
    assert rendered["Metadata"] == {"Faultline": {"Kinds": ["echo", "http.request"]}}


def in_project(folder: Path) -> StageSettings:
    return dataclasses.replace(PROD, project=read(project(folder)))


def test_what_another_project_has_deployed_is_not_replaced(tmp_path: Path) -> None:
    deployed = {"Metadata": kinds_record(in_project(tmp_path / "theirs"), Registry([*KINDS, greet]))}
    mine = in_project(tmp_path / "mine")

    with pytest.raises(KindsMissing) as refused:
        refuse_removal(mine, KINDS, deployed)

    assert str(refused.value) == (
        "faultline-prod would lose the kinds of work greet (deployed by the project theirs): they are not in "
        f"{tmp_path}/mine/tasks; to remove them, after which their tasks become dead letters, add "
        "--remove-kinds"
    )


@pytest.mark.parametrize("deployed", [{}, {"Metadata": {}}, {"Metadata": kinds_record(PROD, KINDS)}])
def test_new_kinds_and_stacks_without_a_record_are_deployed(deployed: dict[str, Any]) -> None:
    refuse_removal(PROD, Registry([*KINDS, greet]), deployed)
