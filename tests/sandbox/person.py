"""A simulated user of the `faultline` command, with real exit statuses and output."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from faultline.cli.main import main
from faultline.client.api import ApiClient
from sandbox.process import launch, lifecycle, ports
from sandbox.process.paths import cache_dir
from sandbox.process.state_file import Sandbox
from tests.eventually import DEADLINE_SECONDS, eventually

ROOT = Path(__file__).parents[2]
FAULTLINE = Path(sys.executable).with_name("faultline")
WITHOUT_OWN_PLUGINS = {"PYTEST_ADDOPTS": "-p no:schemathesis -p no:hypothesispytest"}
"""Leaves out pytest plugins of this checkout's own tests, which take `faultline test` a second to load."""


def called(environment: Mapping[str, str], *words: str) -> tuple[int, str, str]:
    """Run a command in this process; return its exit status, standard output and standard error.

    Args:
        environment: The complete environment.
        words: The command's arguments.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
    ):
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["faultline", *words])
        patch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


class Person:
    """A simulated user with an environment and, optionally, a checkout.

    Tests wait for tasks through `api`, instead of repeating commands.
    """

    def __init__(self, state: Path, port: int) -> None:
        self.port = str(port)
        self.checkout: Path | None = None
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(state),
            "XDG_STATE_HOME": str(state),
            # Shared with the other tests: libraries are fetched and compiled once.
            "XDG_CACHE_HOME": str(cache_dir().parent),
            launch.INTERPRETER_VARIABLE: str(launch.interpreter()),
            "STAGE": "test",
            **WITHOUT_OWN_PLUGINS,
            "AWS_PROFILE": "of-another-machine",  # it does not matter to a sandbox
        }

    @property
    def api(self) -> ApiClient:
        """The API of the deployed stack, called with this person's key."""
        url = f"http://127.0.0.1:{self.port}/_aws/execute-api/faultline-test/test"
        return ApiClient(url, self.environment["FAULTLINE_API_KEY"])

    def waits_for(self, task_id: str, status: str) -> None:
        """Wait until the task has a status."""
        eventually(
            lambda: self.api.task(task_id).body["status"] == status,
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
        """Run a command; return its exit status, standard output and standard error.

        Only `up` and commands in a copied checkout run in a process of their own.
        """
        if self.checkout is None and words[0] != "up":
            return called(self.environment, *words)
        process = self.starts(*words)
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
        assert "Traceback" not in err, err
        return process.returncode, out, err

    def reads(self, *words: str) -> Any:
        """Run a command that must succeed; return the JSON that it prints."""
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
    """Wait until a running `up` has printed its URLs, and return its sandbox."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ApiUrl"):
            break
    sandbox = lifecycle.find(int(person.port))
    assert sandbox is not None
    return sandbox


def has_a_key(person: Person) -> None:
    """Create an API key, after checking that a command without a key says how to create one."""
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
    assert (status, err) == (1, "faultline: a key's name has 1 to 100 of the characters A-Z a-z 0-9 _ . -\n")


def console_of(person: Person) -> str:
    """Return the address that `faultline console` prints."""
    checkout, person.checkout = person.checkout, None  # which command reads it does not matter
    status, out, err = person.types("console", "--sandbox-port", person.port)
    person.checkout = checkout
    assert (status, err) == (0, "It is served by the sandbox, and stops with it.\n")
    return out.removeprefix("Console:").strip()
