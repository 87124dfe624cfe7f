"""Refusal of a stage that could not run its kinds of work."""

import dataclasses
from pathlib import Path

import pytest
from pydantic import JsonValue

from infra.api.openapi import Resolvers
from infra.errors import InvalidStage
from infra.project.project import read
from infra.stages import StageSettings, stage
from infra.template import template
from lambdas.domain.retry import RetryPolicy
from lambdas.work.kinds import KINDS
from lambdas.work.registry import Payload, Registry, WorkContext, kind
from tests.unit.infra.project.folder import project
from tests.unit.infra.rendered import CODE


def test_a_kind_cannot_want_more_attempts_than_the_queue_delivers(apis: Resolvers) -> None:
    @kind("stubborn", retry=RetryPolicy(maximum_attempts=4))
    def stubborn(payload: Payload, context: WorkContext) -> JsonValue:
        return None

    with pytest.raises(InvalidStage, match=r"stubborn has maximum_attempts=4, but .* max_receive_count is 3"):
        template(stage("dev"), CODE, apis, Registry([stubborn]))


def test_a_kind_that_takes_longer_than_its_function_is_refused(apis: Resolvers, tmp_path: Path) -> None:
    """A kind that needs more time than its function has is refused, and told which settings to raise."""

    @kind("slow", timeout=171)
    def slow(payload: Payload, context: WorkContext) -> JsonValue:
        return None

    needs = (
        "slow may take 171 s, so process_timeout_seconds and visibility_timeout_seconds must be at least 181"
    )
    with pytest.raises(
        InvalidStage, match=rf"{needs} and are 180 and 180; raise them in infra/stages\.py, or"
    ):
        template(stage("prod"), CODE, apis, Registry([slow]))
    in_project = dataclasses.replace(stage("test"), project=read(project(tmp_path)))
    with pytest.raises(InvalidStage, match=r"and are 6 and 8; .* in faultline\.toml, under \[stages\.test\]"):
        template(in_project, CODE, apis, Registry([slow]))


def test_the_built_in_kinds_fit_every_stage(settings: StageSettings, apis: Resolvers) -> None:
    """The built-in kinds are deployed everywhere, even in `test`, whose functions have less time."""
    template(settings, CODE, apis, KINDS)
