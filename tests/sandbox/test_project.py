"""A team's own kinds of work, from an empty folder to a fixed task, following docs/extending.md.

The page's files are written and its commands run in order. The output pasted below a command is part of the
command's real output, except for numbers and widths.
"""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from faultline.client.api import ApiClient
from lambdas.domain.serialization import rfc3339
from sandbox.process import launch, lifecycle, ports
from sandbox.process.paths import cache_dir
from tests import aws
from tests.eventually import DEADLINE_SECONDS, eventually
from tests.page_of_projects import SECRET, commands, missing, parts, repair, write
from tests.sandbox.person import WITHOUT_OWN_PLUGINS, called

PROGRAMS = Path(sys.executable).parent
WITHOUT_PORT = ("init", "lock", "test")
APART = ("test", "up")
"""Commands that need a process of their own; the others run in this one."""
SAYS = """print("prints", context.secret("OWNER"))
    logging.getLogger(__name__).debug("logs %s %s", payload.color, context.secret("OWNER"))"""


class Reader:
    """A simulated reader who follows the page in two terminals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = str(ports.free())
        self.terminal = folder / "up.txt"
        self.up: subprocess.Popen[bytes] | None = None
        self.environment = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",  # as where the command is installed
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(cache_dir().parent),
            launch.INTERPRETER_VARIABLE: str(launch.interpreter()),
            **WITHOUT_OWN_PLUGINS,
        }
        for name in ("UV_DEFAULT_INDEX", "SSL_CERT_FILE", "UV_SYSTEM_CERTS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def follows(self, language: str, text: str) -> None:
        """Follow the instructions in a block of the page."""
        first, _, rest = text.partition("\n")
        if language == "console":
            for command, printed in commands(text):
                self.types(command, printed)
        elif language == "diff":
            repair(self.folder, text)
        elif first == "up":
            shown = eventually(lambda: self._is_shown(rest), what=f"up shows {rest}")
            assert shown
        else:
            write(self.folder, text)

    def types(self, line: str, printed: str) -> None:
        program, *words = shlex.split(line)
        if program == "cd":
            self.folder = self.folder / words[0]
        elif program == "export":
            for word in words:
                name, _, value = word.partition("=")
                self.environment[name] = value.replace("4566", self.port)
        elif words[0] == "up":
            self.starts_with_a_bad_module(words)
            eventually(lambda: self._is_shown(printed), what=f"up shows {printed}")
        else:
            found = self.reads(program, *words)
            assert not missing(printed, found), f"{line} prints\n{found}"

    def starts_with_a_bad_module(self, words: list[str]) -> None:
        """Start with a broken module: its error is shown, and the start continues once it is fixed."""
        bad = self.folder / "tasks" / "bad.py"
        bad.write_text("import json\n\njson.loads('{')\n")
        self.starts(words)
        told = "It will be deployed as soon as this is fixed:"
        eventually(lambda: told in self.terminal.read_text(), what="up tells of a bad module")
        bad.write_text("import json\n")
        eventually(lambda: "deploying" in self.terminal.read_text(), what="up goes on")
        shown = self.terminal.read_text()
        assert "my-tasks/tasks/bad.py:3: JSONDecodeError: " in shown
        assert re.search(
            r'(?m)^      File ".*/my-tasks/tasks/bad.py", line 3, in <module>\n {8}json.loads', shown
        )
        assert re.search(r"(?m)^\d\d:\d\d:\d\d reload        tasks/bad.py$", shown)

    def starts(self, words: list[str]) -> None:
        with self.terminal.open("wb") as output:
            self.up = subprocess.Popen(
                [PROGRAMS / "faultline", *words, "--port", self.port],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def reads(self, program: str, *words: str) -> str:
        """Run a command, and return its output and errors."""
        if program == "faultline" and words[0] not in WITHOUT_PORT:
            words = (*words, "--port", self.port)
        if program == "faultline" and words[0] not in APART:
            with contextlib.chdir(self.folder):
                _, out, err = called(self.environment, *words)
            return out + err
        done = subprocess.run(
            [PROGRAMS / program, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def _is_shown(self, lines: str) -> bool:
        if self.up is not None:
            assert self.up.poll() is None, self.terminal.read_text()
        return not missing(lines, self.terminal.read_text())

    def client(self, service: str) -> Any:
        return aws.client(service, f"http://127.0.0.1:{self.port}")

    @property
    def api(self) -> ApiClient:
        return ApiClient(f"http://127.0.0.1:{self.port}/_aws/execute-api/faultline-dev/dev")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    found = Reader(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", found.environment["XDG_STATE_HOME"])
    yield found
    if found.up is not None and found.up.poll() is None:
        found.up.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            found.up.wait(DEADLINE_SECONDS)
    lifecycle.stop(int(found.port))


def test_the_page_is_followed(reader: Reader) -> None:
    on_the_machine, _ = parts()
    for block in on_the_machine:
        if block.info == "diff":
            look_around(reader)
        reader.follows(block.info, block.text)
    assert reader.up is not None
    assert reader.up.wait(DEADLINE_SECONDS) == 0  # after `faultline down` in another terminal
    assert reader.terminal.read_text().splitlines()[-1] == "stopped"
    assert SECRET not in reader.terminal.read_text()


def look_around(reader: Reader) -> None:
    """Check the page's statements that have no block of commands."""
    task = reader.api.task("teal").body
    assert '  File "tasks/swatch.py", line ' in task["error"]["traceback"]
    assert '  File "PIL/Image.py", line ' in task["error"]["traceback"]
    assert task["error"]["traceback"].endswith("ValueError: unknown file extension: \n")
    assert "    picture.save(data)" in reader.reads("faultline", "task", "teal")
    lines = reader.reads("faultline", "logs", "teal")
    assert "teal drawing teal" in lines
    # A permission that the project does not request is refused.
    swatch = reader.folder / "tasks" / "swatch.py"
    sound = text = swatch.read_text()
    reader.client("s3").create_bucket(Bucket="others")
    refused = {
        'f"swatches-{context.stage}"': '"others"',
        '"image.swatch"': '"image.other"',
        "save(data)": 'save(data, "PNG")',
        "import io\n": "import io\nimport logging\n",
        'print("drawing", payload.color)': SAYS,
    }
    for old, new in refused.items():
        text = text.replace(old, new)
    swatch.write_text(text + '\n\ndef later() -> None:\n    boto3.client("kms")\n')
    other = {"taskId": "other", "type": "image.other", "payload": {"color": "teal", "width": 1}}
    error = reader.api.submit(other, wait_seconds=25).body["error"]
    assert (error["category"], "AccessDenied" in error["message"]) == ("VALIDATION", True)
    # The work's own log lines are the task's, and a secret is masked in them and in prints.
    said = eventually(
        lambda: now if "other logs" in (now := reader.reads("faultline", "logs", "other")) else "",
        what="the work's own line",
    )
    assert "other logs teal *****\n" in said
    assert "other prints *****\n" in said
    eventually(
        lambda: "kms is a new AWS service in your code" in reader.terminal.read_text(),
        what="the reload tells of a service whose model is not there",
    )
    # A module that cannot be imported is reported with its location, and breaks nothing else.
    swatch.write_text("import nowhere\n" + sound)
    broken = "tasks/swatch.py:1: ModuleNotFoundError: No module named 'nowhere'"
    eventually(lambda: broken in reader.terminal.read_text(), what="the reload tells of it")
    refusal = reader.api.submit({"type": "image.swatch", "payload": {}})
    assert (refusal.status, broken in refusal.body["detail"]) == (503, True)
    assert reader.api.submit({"payload": {}}, wait_seconds=20).body["status"] == "SUCCEEDED"
    reader.api.redrive("teal")
    failed = eventually(lambda: reader.api.task("teal").body.get("error"), what="teal fails")
    assert "import nowhere" in failed["traceback"]
    assert "teal" in reader.reads("faultline", "tasks")
    swatch.write_text(sound)
    eventually(
        lambda: reader.api.task("teal").body["status"] == "DEAD_LETTERED",
        what="teal has died of its own fault again",
    )
    time_passes(reader)


def time_passes(reader: Reader) -> None:
    """Run everything that is due within an hour, including retries, and nothing that is due later."""
    now = datetime.now(UTC)
    later = {"soon": timedelta(minutes=50), "late": timedelta(minutes=90)}
    for name, after in later.items():
        simulate = {"failures": 2, "error": "NETWORK"}
        submission = {"taskId": name, "payload": {}, "runAt": rfc3339(now + after), "simulate": simulate}
        assert reader.api.submit(submission).status == 202
    assert reader.reads("faultline", "advance", "1h").endswith("within 1h\n")
    assert reader.api.task("soon").body["status"] == "SUCCEEDED"
    assert reader.api.task("late").body["status"] == "SCHEDULED"
