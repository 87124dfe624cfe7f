"""`faultline submit` and `--wait` when a call fails: the task's id is not lost."""

from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException

from faultline.cli import tasks
from faultline.cli.command_failure import CommandFailed
from faultline.cli.options import TARGET_VARIABLES
from faultline.client import ApiProblem, ApiUnreachable
from lambdas.domain.receipt import Receipt
from tests.unit.faultline.client.calling import NOT_FOUND, RECEIPT

AWAY = ApiProblem(503, {"detail": "It is away."}, retry_after=3600)
AWAY.may_be_done = True


@pytest.fixture(autouse=True)
def no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no variable of this shell select the target."""
    for name in TARGET_VARIABLES:
        monkeypatch.delenv(name, raising=False)


class Failing:
    """A client whose submissions or waits fail."""

    def __init__(self, *, submit: BaseException | None = None, wait: BaseException | None = None) -> None:
        self.errors = (submit, wait)
        self.ids = list[str]()

    def client(self) -> Any:
        return self

    def submit(self, _payload: Any, *, task_id: str, **_options: Any) -> Receipt:
        self.ids.append(task_id)
        if self.errors[0]:
            raise self.errors[0]
        return Receipt.model_validate({**RECEIPT, "taskId": task_id})

    def wait(self, *_: Any) -> None:
        assert self.errors[1]
        raise self.errors[1]


def submit(monkeypatch: pytest.MonkeyPatch, client: Failing, **options: Any) -> str:
    monkeypatch.setattr(tasks, "stage_access", lambda *_, **__: client)
    with pytest.raises(CommandFailed) as failed:
        tasks.submit(**options)
    return str(failed.value)


@pytest.mark.parametrize(
    ("error", "said"), [(AWAY, "HTTP 503: It is away"), (KeyboardInterrupt(), "interrupted")]
)
@pytest.mark.parametrize("given", [None, "order-1", ""], ids=repr)
def test_a_submission_that_may_have_arrived_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str, given: str | None
) -> None:
    client = Failing(submit=error)
    message = submit(monkeypatch, client, task_id=given)
    [id] = client.ids
    assert given in (None, id)
    assert message == (f"{said}; it may have been submitted: to make sure, repeat the command with --id {id}")


def test_an_empty_name_is_refused() -> None:
    """The name of a run, as from an unset variable of a shell, is not taken from the path of a pipe."""
    with pytest.raises(TyperException, match="--name is empty"):
        tasks.submit(file=Path("/dev/stdin"), name="")


@pytest.mark.parametrize("error", [ApiProblem(404, NOT_FOUND), ApiUnreachable("no server", sent=False)])
def test_a_submission_that_never_arrived_has_no_task(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = Failing(submit=error)
    monkeypatch.setattr(tasks, "stage_access", lambda *_, **__: client)
    with pytest.raises(type(error)):
        tasks.submit()


@pytest.mark.parametrize(
    ("error", "said"), [(AWAY, "HTTP 503: It is away"), (KeyboardInterrupt(), "interrupted")]
)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "--port 4566 "),
        ({"port": 4700, "stage_name": "test"}, "--stage test --port 4700 "),
        ({"aws": True, "stage_name": "prod"}, "--aws --stage prod "),
    ],
)
def test_a_wait_that_fails_says_what_was_submitted(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str, options: dict[str, Any], words: str
) -> None:
    client = Failing(wait=error)
    message = submit(monkeypatch, client, wait=True, **options)
    [id] = client.ids
    assert message == f"{said}; {id} was submitted; to wait for it: faultline wait {words}{id}"


@pytest.mark.parametrize("name", TARGET_VARIABLES)
def test_a_wait_goes_where_the_submission_went(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A variable applies to the next command, too, and a port would take precedence over it."""
    monkeypatch.setenv(name, "aws")
    client = Failing(wait=AWAY)
    message = submit(monkeypatch, client, wait=True)
    assert message.endswith(f"faultline wait {client.ids[0]}")
