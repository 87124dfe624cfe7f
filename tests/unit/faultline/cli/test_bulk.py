"""Commands that change many tasks: confirmation, summary, and resumption after an interruption."""

import sys
from io import StringIO
from typing import Any

import pytest

from faultline.cli.bulk import BulkChange, run
from faultline.cli.command_failure import CommandFailed
from faultline.client.api import Answer
from faultline.client.errors import ApiUnreachable

SINCE = "2026-01-01T12:00:00.000Z"
TASK = {
    "taskId": "task-1",
    "type": "echo",
    "status": "DEAD_LETTERED",
    "attempts": 1,
    "maxAttempts": 3,
    "submittedAt": SINCE,
}
FAILED = {
    "taskId": "task-2",
    "problem": {"detail": "Not valid", "errors": [{"field": "payload.url", "message": "is none"}]},
}


class Api:
    """An API that finds three tasks, or others, and gives predefined answers to changes."""

    def __init__(self, *answers: Any, **found: Any) -> None:
        self.answers = list(answers)
        self.found = {"matched": 3, "more": False, "sample": [TASK], "filter": {"diedBefore": SINCE}, **found}
        self.changes = 0

    def __call__(self, request: dict[str, Any]) -> Answer:
        if request.get("dryRun"):
            return Answer(status=200, body=self.found, headers={})
        self.changes += 1
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, int):
            return Answer(status=answer, body={"detail": "No."}, headers={})
        return Answer(status=202, body={"failed": [], "more": False, **answer}, headers={})


def change(api: Api, **options: Any) -> None:
    todo = BulkChange(
        call=api,
        request={"filter": {}},
        verb="redrive",
        done="redriven",
    )
    run(todo, **{"dry_run": False, "limit": None, "yes": False, "as_json": False, **options})


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Return a simulated terminal, to which a test writes a user's input."""

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    typed = Terminal()
    monkeypatch.setattr(sys, "stdin", typed)
    return typed


def types(terminal: StringIO, text: str) -> None:
    terminal.write(text)
    terminal.seek(0)


def test_a_person_is_asked(terminal: StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    types(terminal, "y\n")
    change(api := Api({"done": 3}))
    out, err = capsys.readouterr()
    assert (api.changes, out.strip()) == (1, "3 redriven")
    assert "task-1" in err
    assert "redrive 3 tasks?" in err


def test_a_person_may_say_no(terminal: StringIO) -> None:
    types(terminal, "n\n")
    with pytest.raises(CommandFailed, match="not confirmed"):
        change(api := Api(), limit=2)
    assert api.changes == 0


@pytest.mark.parametrize(
    ("limit", "question"),
    [(None, "redrive all matching tasks?"), (2, "redrive at most 2 of the matching tasks?")],
)
def test_a_person_is_asked_if_the_preview_found_none_yet(
    terminal: StringIO, capsys: pytest.CaptureFixture[str], limit: int | None, question: str
) -> None:
    """A preview examines some of the tasks only, and the others may match."""
    types(terminal, "n\n")
    api = Api(matched=0, more=True, sample=[])
    with pytest.raises(CommandFailed, match="not confirmed"):
        change(api, limit=limit)
    said = capsys.readouterr().err
    assert api.changes == 0
    assert "none of the tasks examined so far matches; others may" in said
    assert question in said


@pytest.mark.usefixtures("terminal")
def test_a_person_is_not_asked_if_none_matches() -> None:
    change(api := Api({"done": 0}, matched=0, sample=[]))
    assert api.changes == 1


@pytest.mark.usefixtures("terminal")
def test_a_person_who_said_yes_before_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    change(Api({"done": 3}), yes=True, as_json=True)
    assert '"redriven": 3' in capsys.readouterr().out


def test_a_dry_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    change(api := Api(), dry_run=True)
    assert api.changes == 0
    assert "3 tasks, for example:" in capsys.readouterr().err


def test_what_could_not_be_changed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandFailed, match="1 could not be redriven"):
        change(Api({"done": 2, "failed": [FAILED]}))
    assert "task-2: Not valid (payload.url: is none)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given",
    [[], ["--died-before", "2025-01-01T00:00:00Z"], ["--died-before=2025-01-01T00:00:00Z"]],
    ids=["new", "bound", "bound by ="],
)
def test_an_interrupted_command_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    """An interrupted command prints how to continue, with the given `--died-before` or its start time."""
    monkeypatch.setattr(sys, "argv", ["faultline", "redrive", "--reason", "it's <n>", *given])
    api = Api({"done": 2, "more": True, "nextToken": "a"}, KeyboardInterrupt())
    with pytest.raises(CommandFailed) as failed:
        change(api)
    bound = " ".join(given or ["--died-before", SINCE])
    assert str(failed.value) == (
        f"interrupted; 2 redriven; to continue: faultline redrive --reason 'it'\"'\"'s <n>' {bound}"
    )


def test_an_interrupted_cancellation_of_dead_letters_goes_on_with_both_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["faultline", "cancel", "--status", "DEAD_LETTERED"])
    found = {"status": ["DEAD_LETTERED"], "submittedBefore": SINCE, "diedBefore": SINCE}
    with pytest.raises(CommandFailed) as failed:
        change(Api({"done": 2, "more": True}, KeyboardInterrupt(), filter=found))
    limits = f"--submitted-before {SINCE} --died-before {SINCE}"
    assert str(failed.value).endswith(f": faultline cancel --status DEAD_LETTERED {limits}")


@pytest.mark.parametrize("given", [["--limit", "100"], ["--limit=100"], ["--limit", "7", "--limit", "100"]])
def test_an_interrupted_command_goes_on_with_the_rest_of_its_limit(
    monkeypatch: pytest.MonkeyPatch, given: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["faultline", "redrive", *given, "--all"])
    api = Api({"done": 40, "more": True}, {"done": 20, "more": True, "failed": [FAILED]}, KeyboardInterrupt())
    with pytest.raises(CommandFailed) as failed:
        change(api, limit=100)
    assert str(failed.value) == (
        "interrupted; 60 redriven, and up to 40 more may have been; to continue if they were not: "
        f"faultline redrive --all --died-before {SINCE} --limit 40"
    )


@pytest.mark.parametrize(
    ("lost", "said"), [(ApiUnreachable("reset"), "reset"), (503, "HTTP 503: No")], ids=["lost", "503"]
)
def test_a_command_with_a_limit_ends_if_a_call_may_have_been_performed(
    monkeypatch: pytest.MonkeyPatch, lost: Any, said: str
) -> None:
    """The call is not repeated, since the second one would redrive five others."""
    monkeypatch.setattr(sys, "argv", ["faultline", "redrive", "--all", "--limit", "5"])
    api = Api(lost, {"done": 5})
    with pytest.raises(CommandFailed) as failed:
        change(api, limit=5)
    assert api.changes == 1
    assert str(failed.value) == (
        f"{said}; 0 redriven, and up to 5 more may have been; to continue if they were not: "
        f"faultline redrive --all --died-before {SINCE} --limit 5"
    )


@pytest.mark.parametrize(("more", "limit"), [(True, 3), (False, None)], ids=["limit", "last"])
def test_a_command_that_has_nothing_left_to_do_does_not_say_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, more: bool, limit: int | None
) -> None:
    """A command that is interrupted after its last call has nothing to continue."""

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("faultline.cli.bulk.ProgressBar.update", interrupted)
    with pytest.raises(CommandFailed, match=r"^interrupted; 3 redriven$"):
        change(Api({"done": 3, "more": more}), limit=limit)
