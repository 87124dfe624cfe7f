"""Refusal of a stage that could not run its kinds of work."""

import pytest
from pydantic import JsonValue

from infra.api.openapi import Resolvers
from infra.errors import InvalidStage
from infra.stages import stage
from infra.template import template
from lambdas.domain.retry import RetryPolicy
from lambdas.work.registry import Payload, Registry, WorkContext, kind
from tests.unit.infra.rendered import CODE


def test_a_kind_cannot_want_more_attempts_than_the_queue_delivers(apis: Resolvers) -> None:
    @kind("stubborn", retry=RetryPolicy(maximum_attempts=4))
    def stubborn(payload: Payload, context: WorkContext) -> JsonValue:
        return None

    with pytest.raises(InvalidStage, match=r"stubborn has maximum_attempts=4, but .* max_receive_count is 3"):
        template(stage("dev"), CODE, apis, Registry([stubborn]))


def test_a_kind_that_takes_longer_than_its_function_is_refused(apis: Resolvers) -> None:
    """A kind that needs more time than its function has is refused, except in the stage `test`."""

    @kind("slow", timeout=171)
    def slow(payload: Payload, context: WorkContext) -> JsonValue:
        return None

    with pytest.raises(InvalidStage, match="slow may take 171 s, and process_timeout_seconds leaves 170 s"):
        template(stage("prod"), CODE, apis, Registry([slow]))
    template(stage("test"), CODE, apis, Registry([slow]))
