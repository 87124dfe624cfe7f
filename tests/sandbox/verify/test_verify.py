"""`faultline verify` in a sandbox whose promises are broken one by one."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from faultline.client.api import ApiClient
from faultline.operations import target
from faultline.operations.verification import access
from faultline.operations.verification.check import Result
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.verify import CHECKS, verify
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.packaging import build, local_platform
from infra.stages import stage
from sandbox.process import lifecycle
from tests.e2e.stack import with_new_key
from tests.eventually import eventually
from tests.sandbox.verify.breaks import (
    a_silent_alarm,
    an_alarm_on,
    an_open_route,
    no_dashboard,
    no_function,
    no_log_group,
    no_processing,
    roles_with,
)
from tests.sandbox.verify.resource_breaks import (
    a_key_without_tags,
    a_protected_table,
    a_queue_with,
    a_slower_queue,
    an_alias_on,
    loops_that,
    newer_code,
    no_recovery,
)

BY_PROMISE = {check.promise: check for check in CHECKS}


@pytest.fixture(scope="module")
def deployed(state_home: Path) -> Iterator[Deployed]:
    """Deploy stage `test` in a sandbox of its own."""
    settings = stage("test")
    artifact = build(local_platform())
    sandbox = lifecycle.start(port=0)
    try:
        session = target.of_sandbox(sandbox).session
        outputs = deploy(session, settings, artifact, resolvers())
        yield Deployed(
            session=session,
            settings=settings,
            outputs=outputs,
            api=ApiClient(outputs.api_url, with_new_key(session, settings)),
            is_aws=False,
            patience_seconds=30,
        )
    finally:
        lifecycle.stop(sandbox.port)


def result_of(promise: str, deployed: Deployed) -> Result:
    [found] = verify(deployed, [BY_PROMISE[promise]])
    return found


type Break = Callable[[Deployed], AbstractContextManager[None]]

BREAKS: list[tuple[str, Break, str]] = [
    ("a call without a key is refused on every route", an_open_route, "open to anybody: POST /redrives"),
    ("a task succeeds", no_processing, "has not become SUCCEEDED"),
    ("a failing task is retried and dead-lettered", no_processing, "has not become DEAD_LETTERED"),
    ("a dead letter is redriven", lambda at: no_function(at, "manage_tasks"), "HTTP 200 was expected"),
    ("a task is cancelled", lambda at: no_function(at, "manage_tasks"), "HTTP 202 was expected"),
    ("tasks of one ordering key run in order", no_processing, "has not become SUCCEEDED"),
    (
        "a task has a trace",
        lambda at: roles_with(at, "Deny", "xray:*"),
        "has not shown the calls of both",
    ),
    ("the dashboards exist", no_dashboard, "there is no faultline-test-"),
    ("every alarm notifies the topic", a_silent_alarm, "faultline-test-dead-letters"),
    (
        "the alarms watch resources that exist",
        lambda at: an_alarm_on(at, "ApiName"),
        "watches the ApiName nothing",
    ),
    (
        "the alarms watch resources that exist",
        lambda at: an_alarm_on(at, "QueueName"),
        "watches the QueueName nothing",
    ),
    (
        "data is encrypted as configured",
        lambda at: a_queue_with(at, KmsMasterKeyId=""),
        "is not encrypted",
    ),
    ("data is kept as configured", lambda at: a_queue_with(at, MessageRetentionPeriod="60"), "for 60 s"),
    (
        "the table is protected as configured",
        a_protected_table,
        "would remain after its stack is deleted",
    ),
    ("the table is protected as configured", no_recovery, "cannot be restored"),
    ("functions run published versions", lambda at: an_alias_on(at, "$LATEST"), "is \\$LATEST"),
    ("functions run published versions", newer_code, "whose code is not the newest"),
    (
        "recursive loops are allowed as configured",
        lambda at: loops_that(at, "process_task", "Terminate", "Allow"),
        "process-task has the recursive loop setting Terminate",
    ),
    (
        "recursive loops are allowed as configured",
        lambda at: loops_that(at, "submit_task", "Allow", "Terminate"),
        "submit-task has the recursive loop setting Allow",
    ),
    ("functions have the configured concurrency", a_slower_queue, "may start 2 invocations"),
    (
        "functions have the configured concurrency",
        lambda at: no_function(at, "release_tasks"),
        "limited to 0",
    ),
    ("unnamed resources have the stack's tag", a_key_without_tags, "faultline-test: key"),
    (
        "no role has a wildcard that is not in the template",
        lambda at: roles_with(at, "Allow", "s3:GetObject"),
        "s3:GetObject",
    ),
    # Last, because the new log group lacks its key and retention.
    ("a failure is in the log", no_log_group, "does not exist|has no line about"),
]


def test_each_check_is_shown_to_fail() -> None:
    """Each check has a break above, except for the alarm, which has a test of its own below."""
    assert {promise for promise, _, _ in BREAKS} | {"an alarm fires and recovers"} == set(BY_PROMISE)


@pytest.mark.parametrize(("promise", "broken", "reason"), BREAKS, ids=[each[0] for each in BREAKS])
def test_a_broken_promise_is_found(deployed: Deployed, promise: str, broken: Break, reason: str) -> None:
    """A promise holds at first, and fails with a reason while it is broken."""
    assert result_of(promise, deployed).holds is True
    with broken(deployed):
        impatient = dataclasses.replace(deployed, patience_seconds=3)
        found = eventually(
            lambda: None if (found := result_of(promise, impatient)).holds else found, what="it is found"
        )
    assert re.search(reason, found.reason)


def test_a_table_that_can_be_deleted_is_found(deployed: Deployed) -> None:
    """A table without deletion protection is reported in a stage that retains data."""
    kept = dataclasses.replace(deployed, settings=dataclasses.replace(deployed.settings, retain_data=True))
    found = result_of("the table is protected as configured", kept)
    assert (found.holds, "can be deleted" in found.reason) == (False, True)


def test_what_has_not_the_tag_is_named(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each resource without the tag is named.

    LocalStack keeps an API's original tags, so the test requires another tag.
    """
    monkeypatch.setattr(access, "STACK_TAG", "faultline:other")
    found = result_of("unnamed resources have the stack's tag", deployed)
    assert found.holds is False
    assert all(each in found.reason for each in ("API faultline-test", "key ", "usage plan "))


def test_an_alarm_that_is_not_over_is_found(deployed: Deployed) -> None:
    """An alarm that is not evaluated again in time is reported.

    The end-to-end tests show the successful case.
    """
    found = result_of("an alarm fires and recovers", dataclasses.replace(deployed, patience_seconds=1))
    assert (found.holds, "was not evaluated again" in found.reason) == (False, True)


def test_a_stage_without_authentication(deployed: Deployed) -> None:
    """In a stage without authentication, the check does not apply in a sandbox, and fails on AWS."""
    promise = "a call without a key is refused on every route"
    opened = dataclasses.replace(
        deployed, settings=dataclasses.replace(deployed.settings, authentication="none")
    )
    assert result_of(promise, opened).holds is None
    on_aws: Any = dataclasses.replace(opened, is_aws=True)
    assert result_of(promise, on_aws).holds is False


def test_an_unexpected_failure_is_a_result(deployed: Deployed) -> None:
    """A check that raises an error fails with that error, and other checks are still made."""
    nothing: Any = None
    broken = dataclasses.replace(deployed, outputs=nothing)
    found = verify(broken, [BY_PROMISE["the dashboards exist"], BY_PROMISE["every alarm notifies the topic"]])
    assert [each.holds for each in found] == [False, False]
    assert all("AttributeError" in each.reason for each in found)
