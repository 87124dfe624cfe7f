"""A Compose project for tests, run from the repository's files by `docker compose`."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import docker
import pytest
from docker.models.containers import Container

from faultline.client.api import ApiClient
from infra.stages import stage
from sandbox.process import ports
from tests.e2e.stack import with_new_key

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 300.0
IMAGES = "faultline-build"
OURS = (
    *("STAGE", "FAILURE_RATE", "LOG_LEVEL", "FAULTLINE_PORT", "FAULTLINE_CONSOLE_PORT"),
    *("COMPOSE_FILE", "COMPOSE_PROJECT_NAME"),
)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Compose project with its name, its ports on 127.0.0.1 and its settings.

    Attributes:
        console_port: Port of the web console.
        settings: Environment variables, as set by a user.
        override: A Compose file that overrides the repository's, if any.
        folder: The checkout.
    """

    name: str
    port: int = field(default_factory=ports.free)
    console_port: int = field(default_factory=ports.free)
    settings: Mapping[str, str] = field(default_factory=dict)
    override: Path | None = None
    folder: Path = ROOT

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def container(self) -> Container:
        """The sandbox's container in its current state."""
        [found] = self.compose("ps", "--all", "--quiet", "localstack").stdout.split()
        return docker.from_env().containers.get(found)

    @property
    def health(self) -> str:
        return str(self.container.attrs["State"]["Health"]["Status"])

    @property
    def log(self) -> str:
        """The sandbox container's output since it was created."""
        return bytes(self.container.logs()).decode()

    def api(self) -> ApiClient:
        """Return a client of the deployed stack's API, with a new key if the stage requires one.

        The URL does not change, and the key is valid until the container restarts. Creating a key changes
        this process's environment for a moment, so threads must share a client.
        """
        name = self.settings.get("STAGE", "dev")
        return ApiClient(f"{self.endpoint_url}/_aws/execute-api/faultline-{name}/{name}", self._api_key())

    def _api_key(self) -> str | None:
        settings = stage(self.settings.get("STAGE", "dev"))
        if settings.authentication == "none":
            return None
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", self.endpoint_url)
            return with_new_key(boto3.Session("test", "test", region_name="us-east-1"), settings)

    def up(self, *, check: bool = True, console: bool = False) -> subprocess.CompletedProcess[str]:
        """Run `docker compose up -d --wait`, which returns when the container is healthy or has failed.

        The console is not started by default, because it takes seconds and only its own tests need it.
        """
        wait = ("--wait", "--wait-timeout", str(int(STARTS_WITHIN)))
        scale = () if console else ("--scale", "console=0")
        return self.compose("up", "--detach", *scale, *wait, check=check)

    def down(self) -> None:
        self.compose("--profile", "*", "down", "--volumes", "--timeout", "0")

    def compose(
        self, *words: str, check: bool = True, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run `docker compose` in this project, and assert that it succeeds unless `check` is false."""
        done = subprocess.run(
            self.command(*words),
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=self.folder,
        )
        assert not check or done.returncode == 0, f"{words}:\n{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
        return done

    def command(self, *words: str) -> list[str]:
        """Return a `docker compose` command in this project, to be run with `environment`."""
        files = ["docker-compose.yml", *([str(self.override)] if self.override else [])]
        command = ["docker", "compose", "--project-name", self.name, "--project-directory", str(self.folder)]
        return [*command, *(word for file in files for word in ("--file", str(self.folder / file))), *words]

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment for the project's commands, with no Faultline settings but this project's."""
        return {
            **{name: value for name, value in os.environ.items() if name not in OURS},
            "FAULTLINE_PORT": str(self.port),
            "FAULTLINE_CONSOLE_PORT": str(self.console_port),
            "FAULTLINE_IMAGE": IMAGES,  # built once for all projects
            **self.settings,
        }

    def run(self, *command: str) -> str:
        """Run a command in the sandbox's container, and return its output."""
        status, output = self.container.exec_run(list(command))
        assert status == 0, output.decode()
        return str(output.decode())
