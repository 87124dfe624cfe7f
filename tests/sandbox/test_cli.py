"""The `faultline` command as a person types it: real processes, exit statuses, one clear line."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from faultline.cli.main import main
from faultline.client.api import ApiClient
from faultline.client.authentication import WithApiKey
from lambdas.domain.serialization import rfc3339
from sandbox.process import launch, lifecycle, ports
from sandbox.process.paths import cache_dir
from sandbox.process.state_file import Sandbox
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]
FAULTLINE = Path(sys.executable).with_name("faultline")


class Person:
    """Types commands, in an environment and, when told so, in a checkout of their own.

    A command is a process, which takes a second of CPU: waiting is done by asking `api`.
    """

    def __init__(self, state: Path, port: int) -> None:
        self.port = str(port)
        self.checkout: Path | None = None
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(state),
            "XDG_STATE_HOME": str(state),
            # Shared with the other tests: libraries are fetched and compiled once.
            "XDG_CACHE_HOME": str(cache_dir().parent),
            launch.INTERPRETER_VARIABLE: str(launch.interpreter()),
            "STAGE": "test",
        }

    @property
    def api(self) -> ApiClient:
        """The API of the deployed stack, called with this person's key."""
        url = f"http://127.0.0.1:{self.port}/_aws/execute-api/faultline-test/test"
        return ApiClient(url, WithApiKey(self.environment["FAULTLINE_API_KEY"]))

    def waits_for(self, task_id: str, status: str) -> None:
        """Return when the task has that status."""
        eventually(
            lambda: self.api.task(task_id).body["status"] == status,
            within=60,
            what=f"{task_id} is {status}",
        )

    def starts(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "faultline.cli.main"] if self.checkout else [FAULTLINE]
        return subprocess.Popen(
            [*command, *words],
            env=self.environment,
            cwd=self.checkout,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def types(self, *words: str) -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        process = self.starts(*words)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return process.returncode, out, err

    def reads(self, *words: str) -> Any:
        """The JSON that a command prints that must succeed."""
        status, out, err = self.types(*words, "--port", self.port, "--json")
        assert status == 0, err
        return json.loads(out)


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    port = ports.free()
    yield Person(tmp_path, port)
    lifecycle.stop(port)


def until_deployed(process: subprocess.Popen[str], person: Person) -> Sandbox:
    """The sandbox of a running `up` once that has printed its URLs."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ApiUrl"):
            break
    sandbox = lifecycle.find(int(person.port))
    assert sandbox is not None
    return sandbox


def test_a_checkout_without_localstack_says_how_to_install_it(person: Person, tmp_path: Path) -> None:
    """`up` in a checkout in which scripts/setup has not run ends with one line."""
    person.checkout = copied(tmp_path)
    status, _, err = person.types("up", "--detach", "--port", person.port)
    assert status == 1
    assert err.splitlines()[-1].endswith("/checkout/.sandbox-venv/bin/python; to install it: scripts/setup")


def test_what_is_saved_runs_without_a_deployment(person: Person, tmp_path: Path) -> None:
    """`up --reload`: the next task is done by the kind of work as it was just saved."""
    person.environment[launch.INTERPRETER_VARIABLE] = str(launch.interpreter())
    person.checkout = copied(tmp_path)
    status, _, err = person.types("up", "--detach", "--reload", "--port", person.port)
    assert status == 0, err
    has_a_key(person)
    assert done(person, "before")["result"] == {"a": 1}
    echo = person.checkout / "lambdas/work/echo.py"
    echo.write_text(echo.read_text().replace("return payload", 'return {"edited": True} and payload'))
    assert done(person, "harmless")["result"] == {"a": 1}
    echo.write_text(echo.read_text().replace("and payload", "or payload"))
    assert done(person, "after")["result"] == {"edited": True}


def copied(folder: Path) -> Path:
    """A copy of the checkout, without its environments."""
    checkout = folder / "checkout"
    for name in ("lambdas", "infra", "sandbox", "faultline", "requirements"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    return checkout


def done(person: Person, task_id: str) -> Any:
    """A task, once it has succeeded."""
    person.reads("submit", '{"a": 1}', "--id", task_id, "--simulate", "{}")
    person.waits_for(task_id, "SUCCEEDED")
    return person.reads("task", task_id)


def test_a_sandbox_from_up_to_down(person: Person) -> None:
    """`up --detach`, then every command against it, then `down`, after which nothing is left."""
    status, out, err = person.types("up", "--detach", "--port", person.port)
    assert status == 0, err
    sandbox = lifecycle.find(int(person.port))
    assert sandbox is not None
    outputs = person.reads("outputs")
    assert outputs["ApiUrl"].startswith(f"http://127.0.0.1:{person.port}/")
    assert outputs["ApiUrl"] in out
    has_a_key(person)

    receipt = person.reads("submit", '{"a": 1}', "--id", "mine", "--simulate", '{"failures": 1}')
    assert receipt["taskId"] == "mine"
    person.waits_for("mine", "SUCCEEDED")
    task = person.reads("task", "mine")
    assert (task["attempts"], task["result"]) == (2, {"a": 1})
    assert [each["taskId"] for each in person.reads("tasks", "--status", "SUCCEEDED")] == ["mine"]
    status, out, _ = person.types("task", "mine", "--port", person.port)
    assert (status, "RETRYING" in out) == (0, True)
    cancels(person)
    sees_a_circuit_open(person)
    redrives(person)
    sees_dashboards(person)
    reports_dead_letters(person)

    assert person.reads("deploy") == outputs
    status, _, err = person.types("up", "--detach", "--port", person.port)
    assert (status, err.splitlines()[-1]) == (
        1,
        f"faultline: a sandbox already runs on port {person.port} (process {sandbox.pid})",
    )
    status, _, err = person.types("task", "nothing", "--port", person.port)
    assert (status, err) == (1, "faultline: HTTP 404: There is no task nothing.\n")
    loses_a_key(person)
    status, _, err = person.types("outputs", "--stage", "dev", "--port", person.port)
    assert status == 1
    assert err == f"faultline: faultline-dev is not deployed at http://127.0.0.1:{person.port}\n"

    assert person.types("down", "--port", person.port)[0] == 0
    assert lifecycle.find(int(person.port)) is None
    assert person.types("down", "--port", person.port) == (
        1,
        "",
        f"faultline: no sandbox runs on port {person.port}\n",
    )


def has_a_key(person: Person) -> None:
    """Without one the API is closed, and says where to get one; it is printed once, and alone."""
    status, _, err = person.types("tasks", "--port", person.port)
    assert (status, "faultline keys create --stage test NAME" in err) == (1, True)
    status, out, err = person.types("keys", "create", "me", "--port", person.port)
    assert status == 0, err
    assert out.strip() not in err
    person.environment["FAULTLINE_API_KEY"] = out.strip()
    [listed] = person.reads("keys", "list")
    assert (listed["name"], listed["enabled"], "value" in listed) == ("me", True, False)
    assert out.strip() not in json.dumps(listed)
    status, _, err = person.types("keys", "create", "not a name", "--port", person.port)
    assert (status, err) == (1, "faultline: a key's name is 1 to 100 of A-Z a-z 0-9 _ . -\n")


def loses_a_key(person: Person) -> None:
    """No process that runs for a command bears the key among its arguments; a revoked one is refused."""
    key, seen = person.environment["FAULTLINE_API_KEY"], set[str]()
    process = person.starts("tasks", "--port", person.port)
    while process.poll() is None:
        seen |= {" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"])}
    assert any("tasks" in line for line in seen)
    assert not [line for line in seen if key in line]
    assert person.reads("keys", "revoke", "me")["name"] == "me"
    status, _, err = person.types("tasks", "--port", person.port)
    assert (status, "HTTP 403" in err) == (1, True)
    assert key not in err


def cancels(person: Person) -> None:
    """A task for later is cancelled, once."""
    later = rfc3339(datetime.now(UTC) + timedelta(hours=1))
    assert person.reads("submit", "--id", "later", "--run-at", later)["status"] == "SCHEDULED"
    assert person.reads("cancel", "later")["status"] == "CANCELLED"
    status, _, err = person.types("cancel", "later", "--port", person.port)
    assert (status, "HTTP 409" in err) == (1, True)


def sees_a_circuit_open(person: Person) -> None:
    """Requests to where nobody listens: their circuit opens, and says because of whom."""
    closed = ports.free()
    request = json.dumps({"url": f"http://127.0.0.1:{closed}/"})
    ids = {
        person.reads("submit", request, "--type", "http.request", "--simulate", "{}")["taskId"]
        for _ in range(3)
    }

    def parked() -> bool:
        histories = [person.api.task(id).body["history"] for id in ids]
        return any(entry["status"] == "PARKED" for history in histories for entry in history)

    eventually(parked, within=30, what="the circuit has opened")
    [circuit] = person.reads("circuits")
    assert circuit["name"] == f"127.0.0.1:{closed}"
    assert circuit["state"] in ("OPEN", "HALF_OPEN")
    assert circuit["openedBy"] in ids
    assert circuit["category"] == "NETWORK"
    status, out, _ = person.types("circuits", "--port", person.port)
    assert (status, circuit["name"] in out) == (0, True)


def sees_dashboards(person: Person) -> None:
    """What has been counted is drawn, and printed; one that there is not is said not to be."""

    def given_up() -> list[dict[str, Any]]:
        [graph] = [
            each
            for each in person.reads("dashboard", "errors")["graphs"]
            if each["title"] == "Given up, by category"
        ]
        return [line for line in graph["lines"] if any(line["values"])]

    lines = eventually(given_up, within=30, what="dead letters are counted")
    assert "VALIDATION" in {line["label"] for line in lines}
    overview = person.reads("dashboard", "faultline-test-overview", "--since", "30m")
    assert overview["periodSeconds"] == 120
    assert len(overview["alarms"]) == 25
    status, out, err = person.types("dashboard", "overview", "--port", person.port)
    assert (status, err) == (0, "")
    assert "faultline-test-overview  since " in out
    assert "faultline-test-dead-letters\n" in out
    status, _, err = person.types("dashboard", "nothing", "--port", person.port)
    assert (status, len(err.splitlines())) == (1, 1)
    assert err.startswith("faultline: there is no dashboard nothing; there are: faultline-test-errors, ")


def redrives(person: Person) -> None:
    """Dead letters are redriven one by one, by category, and all that there are; each of them once."""
    refused = json.dumps({"error": "VALIDATION"})
    ids = {person.reads("submit", "--simulate", refused)["taskId"] for _ in range(3)}

    def dead(generation: int) -> bool:
        found = person.api.tasks(status="DEAD_LETTERED").body["tasks"]
        return ids <= {each["taskId"] for each in found if each["generation"] == generation}

    eventually(lambda: dead(0), within=20, what="all have died")
    assert person.reads("redrive", "--category", "VALIDATION", "--limit", "1") == {
        "redriven": 1,
        "more": True,
    }
    assert person.reads("redrive", "--category", "RATE_LIMIT") == {"redriven": 0, "more": False}
    [once] = eventually(
        lambda: [task for id in ids if (task := person.api.task(id).body)["generation"] == 1],
        within=20,
        what="one is redriven",
    )
    for id in ids - {once["taskId"]}:
        assert person.reads("redrive", id)["generation"] == 1
    eventually(lambda: dead(1), within=20, what="all have died again")
    # It ends, although each dies at once again.
    assert person.reads("redrive", "--category", "VALIDATION") == {"redriven": 3, "more": False}
    eventually(lambda: dead(2), within=20, what="all have died once more")
    status, out, _ = person.types("task", once["taskId"], "--port", person.port)
    assert (status, "generation 2" in out) == (0, True)


def reports_dead_letters(person: Person) -> None:
    """What died is counted, since when it is asked for; an own secret in a payload is not shown."""
    person.reads("submit", '{"password": "hunter2"}', "--id", "died", "--simulate", '{"error": "VALIDATION"}')
    person.waits_for("died", "DEAD_LETTERED")
    died = person.reads("task", "died")["history"][-1]["at"]
    status, out, _ = person.types("task", "died", "--port", person.port)
    assert (status, "VALIDATION, ONE_ATTEMPT" in out) == (0, True)
    found = person.reads("dlq", "report", "--since", died)
    assert (found["total"], found["byCategory"], found["byKind"]) == (1, {"VALIDATION": 1}, {"echo": 1})
    assert [(each["taskId"], each["payload"]) for each in found["samples"]] == [
        ("died", {"password": "*****"})
    ]
    assert person.reads("dlq", "report", "--since", "7d", "--limit", "1")["more"]
    assert person.reads("dlq", "report", "--since", "0s")["total"] == 0
    status, out, _ = person.types("dlq", "report", "--port", person.port)
    assert (status, "VALIDATION" in out, "attempt <n> was to fail" in out) == (0, True, True)
    assert "█" in out
    assert "hunter2" not in out
    status, _, err = person.types("dlq", "report", "--stage", "dev", "--port", person.port)
    assert status == 1
    assert err == f"faultline: faultline-dev is not deployed at http://127.0.0.1:{person.port}\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_what_up_has_started(person: Person, how: signal.Signals) -> None:
    """Ctrl-C, or SIGTERM, while `up` runs stops LocalStack, and is no failure."""
    process = person.starts("up", "--port", person.port)
    sandbox = until_deployed(process, person)
    process.send_signal(how)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.splitlines()[-1]) == (0, "stopped")
    assert lifecycle.find(int(person.port)) is None
    assert not Path(f"/proc/{sandbox.pid}").exists()


def test_up_tells_when_localstack_dies(person: Person) -> None:
    """When LocalStack is killed under it, `up` ends with a line that says so."""
    process = person.starts("up", "--port", person.port)
    sandbox = until_deployed(process, person)
    os.kill(sandbox.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err.splitlines()[-1].startswith("faultline: LocalStack has ended; its log: ")


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["up", "--stage", "nope"], 2, "'nope' is not one of 'dev', 'test', 'staging', 'prod'"),
        (["submit", "{"], 2, "PAYLOAD is not JSON"),
        (["task"], 2, "Missing argument 'task_id'"),
        (["tasks", "--limit", "0"], 2, "'--limit'"),
        (["redrive"], 2, "say which: TASK_ID, --category or --all"),
        (["redrive", "one", "--all"], 2, "TASK_ID is one task"),
        (["redrive", "--category", "BAD_LUCK"], 2, "'BAD_LUCK' is not one of"),
        (["dlq", "report", "--since", "yesterday"], 2, "'yesterday' is neither a time ago, such as 24h"),
        (["dlq", "report", "--since", "2026-01-31T12:00:00"], 2, "nor a time with its offset"),
        (["dlq", "report", "--since", "2999-01-01T00:00:00Z"], 2, "is in the future"),
        (["dlq", "report", "--since", "999999999w"], 2, "is neither a time ago"),
        (["dlq", "report", "--limit", "0"], 2, "'--limit'"),
        (["dlq", "report"], 1, "no sandbox runs on port 4566"),
        (["nothing"], 2, "No such command 'nothing'"),
        (["tasks"], 1, "no sandbox runs on port 4566"),
        (["dashboard", "overview"], 1, "no sandbox runs on port 4566"),
        (["dashboard", "overview", "--since", "1y"], 2, "no time such as 30m, 3h or 2d"),
    ],
)
def test_what_is_wrong_is_one_line(
    state_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    line: str,
) -> None:
    """Wrong usage is status 2, failure 1; each is one line on standard error.

    The command runs in this process: the tests above show what a process of its own adds.
    """
    if words == ["tasks"] and lifecycle.find():
        pytest.fail("this test needs port 4566 to have no sandbox of this state folder")
    monkeypatch.setattr(sys, "argv", ["faultline", *words])
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (status, "")
    assert len(err.splitlines()) == 1
    assert line in err
