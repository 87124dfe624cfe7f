"""Bodies of redrives at the HTTP edge, and corrected payloads."""

import json
import os
from typing import Any

import pytest

from lambdas.application.payload_checks import check_payload
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ApiError, ProblemType
from lambdas.manage_tasks.handler import app as manage_tasks
from tests.unit.http.gateway import Answer, request, send
from tests.unit.http.submission import assert_problem, submit
from tests.unit.programs import Programs

pytestmark = pytest.mark.usefixtures("environment")


def redrive(body: Any, **changes: Any) -> Answer:
    text = body if isinstance(body, str | None) else json.dumps(body)
    return send(manage_tasks, request("POST", "/tasks/a/redrive", text, **changes))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"payload": []}, "payload"),
        ({"payload": "x"}, "payload"),
        ({"paylod": {}}, "paylod"),
        ("null", "body"),
        ("[]", "body"),
        ("{", "body"),
        ('{"payload": {"a": NaN}}', "body"),
    ],
)
def test_a_correction_that_is_none(body: Any, field: str) -> None:
    """An invalid correction is refused before the task is read."""
    assert_problem(redrive(body), ProblemType.INVALID_REQUEST, field)


@pytest.mark.parametrize("body", [None, "", "{}", {"payload": None}, {"payload": {"a": 1}}])
def test_a_correction_is_optional(body: Any) -> None:
    """The body and its payload are optional: the task is looked for, in a table that does not answer."""
    assert redrive(body, headers={} if not body else None).status == 503


def test_a_correction_of_another_media_type() -> None:
    answer = redrive("payload=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert_problem(answer, ProblemType.UNSUPPORTED_MEDIA_TYPE)


def test_a_payload_is_refused_as_in_a_submission() -> None:
    """A corrected payload is refused with the same problem, detail and fields as in a submission."""
    payload: dict[str, Any] = {"url": "ftp://host", "method": "X", "y": 1}
    submitted = submit(json.dumps({"type": "http.request", "payload": payload})).body
    with pytest.raises(ApiError) as refused:
        check_payload("http.request", payload)
    assert refused.value.problem is ProblemType.INVALID_REQUEST
    assert refused.value.detail == submitted["detail"]
    assert [error.model_dump(by_alias=True) for error in refused.value.errors] == submitted["errors"]


def test_a_payload_that_is_too_large_is_refused_as_in_a_submission() -> None:
    payload: dict[str, Any] = {"x": "y" * MAX_PAYLOAD_BYTES}
    submitted = submit(json.dumps({"payload": payload})).body
    with pytest.raises(ApiError) as refused:
        check_payload("echo", payload)
    assert (refused.value.problem, refused.value.detail) == (ProblemType.TOO_LARGE, submitted["detail"])


def test_a_payload_of_a_kind_that_is_gone() -> None:
    """A payload for a kind that no longer exists is refused."""
    with pytest.raises(ApiError, match="payload") as refused:
        check_payload("gone", {})
    assert refused.value.problem is ProblemType.INVALID_REQUEST


def test_the_kinds_of_work_are_not_loaded_before_a_payload_is_given(programs: Programs) -> None:
    """Importing manage_tasks does not import the kinds of work, which reading a task does not need."""
    script = "import sys, lambdas.manage_tasks.handler; print('lambdas.work.kinds' in sys.modules)"
    done = programs.run(script, os.environ)
    assert (done.stdout, done.stderr) == ("False\n", "")
