"""Submission of a file to a local server."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from faultline.cli.command_failure import CommandFailed
from faultline.cli.json_arguments import json_argument
from faultline.cli.submit_file import needs_name, submit_file
from faultline.client import Client, Retries
from lambdas.domain import strict_json
from lambdas.domain.submission import Submission
from lambdas.http.problems import ProblemType
from tests.unit.faultline.client import server as servers
from tests.unit.faultline.client.calling import NOT_FOUND
from tests.unit.faultline.client.server import Asked, Server

KNOWN = (
    "had been submitted already, by a run 'tasks.ndjson' or a repeated request; "
    "only if this was meant to be another run: --name ANOTHER\n"
)


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.running() as running:
        yield running


class Api:
    """A server that accepts tasks like the API, and refuses those with a payload `bad`."""

    def __init__(self) -> None:
        self.tasks: dict[str, Any] = {}

    def __call__(self, asked: Asked) -> Any:
        try:
            strict_json.loads(json.dumps(asked.body))
        except strict_json.InvalidJson as error:
            return 400, {**NOT_FOUND, "type": ProblemType.INVALID_REQUEST.uri, "detail": str(error)}
        results: list[dict[str, Any]] = []
        for task in asked.body["tasks"]:
            id = task["taskId"]
            if fault := self._fault(task):
                results.append({"taskId": id, "status": 400, "problem": {**NOT_FOUND, "detail": fault}})
                continue
            results.append({"taskId": id, "status": 200 if id in self.tasks else 202, "state": "QUEUED"})
            self.tasks[id] = task
        return {"batchId": asked.body["batchId"], "results": results}

    def _fault(self, task: dict[str, Any]) -> str:
        try:
            Submission.model_validate(task)
        except ValidationError as error:
            return ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        return "bad" if "bad" in task["payload"] else ""


@pytest.fixture
def submit(server: Server, tmp_path: Path) -> Callable[..., None]:
    def submit(*lines: str, name: str | None = None) -> None:
        path = tmp_path / "tasks.ndjson"
        path.write_text("\n".join(lines))
        with Client(server.url, retries=Retries(maximum_attempts=1)) as client:
            submit_file(client, path, name, in_json=False)

    return submit


def line(**payload: Any) -> str:
    return json.dumps({"payload": payload})


def test_a_file_is_submitted_by_the_hundred(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    api = Api()
    server.says(202, api)
    submit(*(line(n=n) for n in range(205)), '{"payload": {}, "taskId": "own", "reference": "r"}')
    assert capsys.readouterr().out == "206 submitted, 0 refused\n"
    assert [len(each.body["tasks"]) for each in server.asked] == [100, 100, 6]
    assert [task["payload"].get("n") for task in api.tasks.values()] == [*range(205), None]
    assert api.tasks["own"]["reference"] == "r"


def test_a_bad_line_is_named_and_no_other_is_lost(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    api = Api()
    server.says(202, api)
    with pytest.raises(CommandFailed, match=r"^4 of 6 lines were refused$"):
        submit(line(n=1), "", "{", "[]", line(bad=1), '{"payload": {}, "payload": {}}', line(n=2))
    said = capsys.readouterr()
    assert said.out == "2 submitted, 4 refused\n"
    assert [each.partition(": ")[0] for each in said.err.splitlines()] == [f"line {n}" for n in (3, 4, 5, 6)]
    assert "line 5: HTTP 400: bad" in said.err
    assert len(api.tasks) == 2


def test_a_file_that_is_submitted_again_goes_on(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is submitted again continues, even with added lines; another name starts a new run."""
    api = Api()
    server.says(202, api)
    lines = [line()] * 150
    submit(*lines[:120])
    submit(*lines)
    submit(*lines, name="again")
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "120 submitted, 0 refused",
        "30 submitted, 120 already existed, 0 refused",
        "150 submitted, 0 refused",
    ]
    assert err == f"120 lines {KNOWN}"
    batches = [each.body["batchId"] for each in server.asked]
    assert len(batches) == 6
    assert batches[0] == batches[2]
    assert len({*batches}) == 5


def test_a_request_that_was_repeated_is_no_other_run(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines whose response was lost are not said to be another run's: a new name would repeat them."""
    api, path = Api(), tmp_path / "tasks.ndjson"

    def lose(asked: Asked) -> Any:
        api(asked)
        return 504, {}

    server.says(202, lose)
    server.says(202, api)
    path.write_text(line())
    with Client(server.url, retries=Retries(maximum_attempts=2, initial_interval=0)) as client:
        submit_file(client, path, None, in_json=False)
    assert capsys.readouterr() == ("0 submitted, 1 already existed, 0 refused\n", f"1 line {KNOWN}")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_a_byte_order_mark_is_no_part_of_a_file(
    server: Server, submit: Callable[..., None], tmp_path: Path, mark: str
) -> None:
    """Some editors on Windows begin a file with one."""
    api = Api()
    server.says(202, api)
    submit(mark + line(n=1), line(n=2))
    assert [each["payload"] for each in api.tasks.values()] == [{"n": 1}, {"n": 2}]
    (tmp_path / "payload").write_text(f'{mark}{{"n": 1}}')
    assert json_argument("PAYLOAD", f"@{tmp_path / 'payload'}") == {"n": 1}


def test_another_name_does_not_help_lines_with_ids(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    server.says(202, Api())
    for _ in range(2):
        submit('{"payload": {}, "taskId": "own"}')
    assert capsys.readouterr() == ("1 submitted, 0 refused\n0 submitted, 1 already existed, 0 refused\n", "")


def test_what_is_no_regular_file_needs_a_name(tmp_path: Path) -> None:
    """A pipe, and what a shell has opened, has the same path for different tasks, or the other way around."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "tasks").write_text("{}")
    (tmp_path / "link").symlink_to("tasks")
    given = [tmp_path / "pipe", *map(Path, ("/dev/stdin", "/dev/fd/63", "/proc/self/fd/0"))]
    assert all(map(needs_name, given))
    assert not any(map(needs_name, [tmp_path, *(tmp_path / name for name in ("tasks", "link", "missing"))]))


def test_an_interruption_says_how_far_it_came(server: Server, submit: Callable[..., None]) -> None:
    server.says(202, Api())
    server.says(503, {"detail": "away"})
    with pytest.raises(CommandFailed, match=r"away \(100 submitted, 0 refused before line 101; to continue"):
        submit(*[line()] * 150)


def test_a_line_that_is_too_large_is_one_bad_line(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    api = Api()
    server.says(202, api)
    server.says(413, {**NOT_FOUND, "type": ProblemType.TOO_LARGE.uri, "detail": "too large"})
    server.says(202, api)
    with pytest.raises(CommandFailed, match="1 of 3 lines were refused"):
        submit(line(), line(text="x" * 4_000_000), line())
    assert "line 2: HTTP 413: too large" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["task_id", "TaskId", "ordering_key", "run_at", "expires_at", "note", "callback_url"]
)
@pytest.mark.parametrize("value", ["order-1", None])
def test_a_line_is_sent_as_it_is(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str], name: str, value: object
) -> None:
    """A line has the API's names: any other one is refused, as in `POST /tasks`."""
    api = Api()
    server.says(202, api)
    with pytest.raises(CommandFailed, match="1 of 3 lines were refused"):
        submit(line(n=1), json.dumps({"payload": {}, name: value}), line(n=2))
    assert capsys.readouterr().err == f"line 2: HTTP 400: {name} (taskId: is none)\n"
    assert [each["payload"] for each in api.tasks.values()] == [{"n": 1}, {"n": 2}]


def test_a_line_may_have_each_field_of_a_submission(server: Server, submit: Callable[..., None]) -> None:
    """Each field arrives as it was written, even one that is null."""
    api = Api()
    server.says(202, api)
    given: dict[str, Any] = {
        **{each.alias: None for each in Submission.model_fields.values() if each.alias},
        "taskId": "order-1",
        "type": "echo",
        "payload": {"task_id": 1, "none": None},
    }
    submit(json.dumps(given))
    assert api.tasks == {"order-1": given}


def test_a_line_for_which_its_batch_is_refused_is_one_bad_line(
    server: Server, submit: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A task that is valid alone may be nested too deeply in a batch; the others are submitted."""
    api = Api()
    server.says(202, api)
    deep = '{"a": ' * 62 + "{}" + "}" * 62
    lines = [line(n=n) for n in range(250)]
    lines[30] = lines[199] = f'{{"payload": {deep}}}'
    strict_json.loads(lines[30])
    for said in ("248 submitted, 2 refused", "0 submitted, 248 already existed, 2 refused"):
        with pytest.raises(CommandFailed, match="2 of 250 lines were refused"):
            submit(*lines)
        out, err = capsys.readouterr()
        assert out == f"{said}\n"
        problem = "HTTP 400: nested deeper than 64 levels (taskId: is none)"
        assert err.splitlines()[:2] == [f"line 31: {problem}", f"line 200: {problem}"]
    order = [each["payload"]["n"] for each in api.tasks.values()]
    assert order == [n for n in range(250) if n not in (30, 199)]
    sent = [each.body["batchId"] for each in server.asked]
    half = len(sent) // 2
    assert sent[:half] == sent[half:]
    assert len({*sent}) == half
