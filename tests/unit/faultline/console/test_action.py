"""Actions as curl lines and as commands."""

import json
import shlex

import pytest

from faultline.console.action import cancel_all, cancellation, redrive, redrive_all, submission
from infra.stages import stage

API = "http://127.0.0.1:4566/dev"


def test_a_command_names_the_stage() -> None:
    assert redrive("t-1").command(("--aws", "--stage", "prod")) == "faultline redrive t-1 --aws --stage prod"
    assert cancellation("t-1").command(("--stage", "dev")) == "faultline cancel t-1 --stage dev"


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_curl_has_no_key_in_its_arguments(name: str) -> None:
    line = cancellation("t-1").curl(API, stage(name))
    assert line.startswith(f"curl -s -X DELETE {API}/tasks/t-1")
    assert ("$FAULTLINE_API_KEY" in line) == (name == "prod")


def test_a_submission_is_quoted_for_the_shell() -> None:
    given = {"type": "echo", "payload": {"text": "it's $HOME `id`"}, "tags": ["a b"], "orderingKey": "k"}
    action = submission(given)
    words = shlex.split(action.command(()))
    assert json.loads(words[2]) == given["payload"]
    assert words[3:] == ["--type", "echo", "--ordering-key", "k", "--tag", "a b"]
    curl = shlex.split(action.curl(API, stage("dev")))
    assert json.loads(curl[curl.index("-d") + 1]) == given


def test_a_redrive_has_the_payload_that_was_edited() -> None:
    action = redrive("t-1", {"rows": 1})
    assert action.command(()) == """faultline redrive t-1 --payload '{"rows": 1}'"""
    assert action.body == {"payload": {"rows": 1}}
    amending = redrive_all({"category": "SYSTEM"}, {"rows": None})
    words = """faultline redrive --category SYSTEM --payload-patch '{"rows": null}'"""
    assert amending.command(()) == words
    assert amending.body == {"filter": {"category": "SYSTEM"}, "payloadPatch": {"rows": None}}


def test_many_tasks_are_named_by_what_they_have_in_common() -> None:
    conditions = {"category": "SYSTEM", "reasonGroup": "answered <n>", "diedAfter": "2026-01-31"}
    words = "faultline redrive --category SYSTEM --reason 'answered <n>' --died-after 2026-01-31"
    assert redrive_all(conditions).command(()) == words
    action = cancel_all({"status": ["PARKED", "RETRYING"], "tag": "night"})
    assert action.command(()) == "faultline cancel --status PARKED --status RETRYING --tag night"
    assert (action.path, action.body) == (
        "/cancellations",
        {"filter": {"status": ["PARKED", "RETRYING"], "tag": "night"}},
    )
