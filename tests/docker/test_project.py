"""A team's project in a container, following docs/extending.md with only the image."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.process import ports
from tests import aws
from tests.docker.project import IMAGES
from tests.eventually import eventually
from tests.page_of_projects import SECRET, commands, missing, parts, repair, write

NAME = "faultline-team"


@dataclass(kw_only=True)
class Reader:
    """A user who has Docker, but not Python."""

    folder: Path
    port: int = field(default_factory=ports.free)

    @property
    def environment(self) -> dict[str, str]:
        passed_on = ("HOME", "DOCKER_HOST", "UV_DEFAULT_INDEX", "HTTPS_PROXY")
        return {
            "PATH": os.environ["PATH"],
            "COMPOSE_PROJECT_NAME": NAME,
            "FAULTLINE_IMAGE": IMAGES,
            "FAULTLINE_PORT": str(self.port),
            **{name: os.environ[name] for name in passed_on if name in os.environ},
        }

    def types(self, line: str) -> str:
        """Run a command line, which may fail, and return its output and errors."""
        line = line.replace(" faultline-sandbox ", f" {IMAGES}-sandbox ")
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=240,
        )
        return done.stdout

    @property
    def log(self) -> str:
        """The container's output, without Compose's prefix on each line."""
        return self.types("docker compose logs --no-log-prefix faultline").replace("\x1b[2K", "")

    def client(self, service: str) -> Any:
        return aws.client(service, f"http://127.0.0.1:{self.port}")

    def is_told(self, text: str) -> None:
        eventually(lambda: text in self.log, every=0.5, what=f"the log has {text}")


@pytest.fixture
def reader(images: None, tmp_path: Path) -> Iterator[Reader]:
    for folder in (tmp_path, *tmp_path.parents[:2]):  # pytest creates folders that only its own user can read
        folder.chmod(0o755)
    found = Reader(folder=tmp_path)
    yield found
    found.types("docker compose down --volumes --timeout 0")
    shutil.rmtree(found.folder)


def test_the_page_is_followed_in_a_container(reader: Reader) -> None:
    """docs/extending.md works in a container, from an empty folder to a redrive after a bug fix."""
    on_the_machine, [in_a_container] = parts()
    for line, printed in commands(in_a_container.text):
        if line.startswith("cd "):
            reader.folder = reader.folder / line.removeprefix("cd ")
            for block in on_the_machine:
                if block.text.startswith("# ") and not block.text.startswith("# tests/"):
                    write(reader.folder, block.text)
            continue
        if " up " in line:
            starts_with_a_bad_module(reader)
        found = reader.types(line)
        assert not missing(printed, found), f"{line} prints\n{found}"
        if " up " in line:
            reader.client("s3").create_bucket(Bucket="swatches-dev")
    sees_the_bug_and_mends_it(reader, next(block.text for block in on_the_machine if block.info == "diff"))


def starts_with_a_bad_module(reader: Reader) -> None:
    """Start with a broken module: the container waits until it is fixed, like `faultline up --reload`."""
    bad = reader.folder / "tasks" / "bad.py"
    bad.write_text("import nowhere\n")
    reader.types("FAILURE_RATE=0 docker compose up --detach")
    reader.is_told("It will be deployed as soon as this is fixed:")
    assert "/project/tasks/bad.py:1: ModuleNotFoundError: No module named 'nowhere'" in reader.log
    bad.write_text("")


def sees_the_bug_and_mends_it(reader: Reader, difference: str) -> None:
    command = "docker compose exec -T faultline faultline"
    reader.is_told("process_task  teal drawing teal")
    reader.is_told(
        "process_task  teal task dead-lettered (image.swatch) attempt 3 UNKNOWN: unknown file extension"
    )
    assert re.search(r'(?m)^ +File "tasks/swatch.py", line \d+, in drawn$', reader.log)
    repair(reader.folder, difference)
    reader.is_told("reload        tasks/swatch.py\n")
    assert "teal QUEUED generation 1" in reader.types(f"{command} redrive teal")
    assert "teal SUCCEEDED" in reader.types(f"{command} wait teal")
    picture = reader.client("s3").get_object(Bucket="swatches-dev", Key="teal.png")
    assert picture["Body"].read().startswith(b"\x89PNG")
    assert picture["Metadata"] == {"owner": SECRET}
    assert SECRET not in reader.log
