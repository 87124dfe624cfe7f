"""Fixtures for the container tests: a Docker engine, and a Compose project that most tests share.

Without an engine the tests are skipped, unless FAULTLINE_DOCKER=required.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from tests.aws import client
from tests.docker.project import Project

BUILT_WITHIN = 800.0


@pytest.fixture(scope="session", autouse=True)
def engine() -> docker.DockerClient:
    """Return a client of the Docker engine, which must have Compose 2."""
    try:
        client = docker.from_env()
        client.ping()
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True)
    except (DockerException, OSError, subprocess.CalledProcessError) as error:
        missing = f"no Docker engine with Compose 2 answers: {error}"
        if os.environ.get("FAULTLINE_DOCKER") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    return client


@pytest.fixture(scope="session")
def images(engine: docker.DockerClient) -> None:
    """Build the images of the sandbox and of the tests."""
    Project(name="faultline-build").compose("--profile", "tests", "build", timeout=BUILT_WITHIN)


@pytest.fixture(scope="session")
def project(images: None) -> Iterator[Project]:
    """Run a project of the test stage, which most tests share and so must leave running."""
    made = Project(name="faultline-it", settings={"STAGE": "test"})
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def aws(project: Project) -> Callable[[str], Any]:
    """Return a factory of boto3 clients for the project's sandbox."""

    return lambda service: client(service, project.endpoint_url)
