"""The sandbox's container: its contents, its limits and its permissions."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest
import requests

from tests.docker.project import IMAGES, ROOT, Project
from tests.e2e.stack import fresh
from tests.eventually import DEADLINE_SECONDS

SECRET = re.compile(r"secret|passw|token|api.?key|https?://[^ ]*:[^ ]*@", re.IGNORECASE)


def test_the_log_says_how_to_submit_a_task(project: Project) -> None:
    """The lines in the log that submit a task work when pasted."""
    [key, curl] = re.findall(r"^ +((?:export FAULTLINE_API_KEY|curl ).*)$", project.log, flags=re.MULTILINE)
    assert project.api().url in curl
    done = subprocess.run(
        ["bash", "-c", f"{key}\n{curl}"],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": project.endpoint_url,
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert json.loads(done.stdout)["status"] in ("PENDING", "QUEUED", "PROCESSING", "SUCCEEDED")


def test_commands_can_be_run_in_it(project: Project) -> None:
    """Commands can be run in the container, with the empty variables that Compose sets."""
    key = project.compose("exec", "-T", "localstack", "faultline", "keys", "create", fresh("inside")).stdout
    environment = ("--env", f"FAULTLINE_API_KEY={key.strip()}")
    command = ("exec", "-T", *environment, "localstack", "faultline")
    submitted = json.loads(project.compose(*command, "submit", "--json").stdout)
    listed = json.loads(project.compose(*command, "tasks", "--json").stdout)
    assert submitted["taskId"] in [each["taskId"] for each in listed]
    assert json.loads(project.compose(*command, "circuits", "--json").stdout) == []


def test_each_checkout_has_images_of_its_own(engine: docker.DockerClient) -> None:
    """Images are named after the project, whose name Compose derives from the checkout's folder."""

    def images(*words: str) -> set[str]:
        done = subprocess.run(
            ["docker", "compose", *words, "--profile", "*", "config", "--images"],
            env={"PATH": os.environ["PATH"]},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stdout.split())

    assert images("--project-name", "mine") == {"mine-sandbox", "mine-tests"}
    assert images() == {f"{ROOT.name.lower()}-sandbox", f"{ROOT.name.lower()}-tests"}


def test_nobody_outside_reaches_it(project: Project) -> None:
    """The container's ports are published on the host's loopback alone."""
    published = project.container.attrs["NetworkSettings"]["Ports"]
    assert {
        name: [(port["HostIp"], port["HostPort"]) for port in found] for name, found in published.items()
    } == {
        "4566/tcp": [("127.0.0.1", str(project.port))],
        "4580/tcp": [("127.0.0.1", str(project.console_port))],
    }


def test_it_runs_as_nobody_in_particular(project: Project) -> None:
    """The container does not run as root, and its processes can gain no capability."""
    assert project.run("id", "-u").strip() == "10001"
    status = project.run("cat", "/proc/self/status")
    assert re.search(r"^CapBnd:\t0+$", status, flags=re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, flags=re.MULTILINE)


def test_it_can_write_nowhere_but_in_memory(project: Project) -> None:
    """The root file system is read-only, including the sandbox's code, and there is no engine socket."""
    for folder in ("/", "/etc", "/opt/faultline", "/opt/faultline/cache/artifacts", "/var/tmp", "/home"):
        status, output = project.container.exec_run(["touch", f"{folder}/file"], user="0")
        assert status != 0
        assert b"Read-only file system" in output
    assert {mount["Type"] for mount in project.container.attrs["Mounts"]} <= {"tmpfs"}


def test_it_has_limits_and_an_init(project: Project) -> None:
    """Memory and processes are limited, and orphaned processes are reaped."""
    limits = project.container.attrs["HostConfig"]
    assert limits["Memory"] > 0
    assert limits["PidsLimit"] > 0
    assert limits["Init"]


def test_the_image_holds_no_secret_and_no_compiler(
    engine: docker.DockerClient, images: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The image has no compiler, and no secret in its history or environment; its size is printed."""
    image = engine.images.get(f"{IMAGES}-sandbox")
    commands = [str(layer["CreatedBy"]) for layer in image.history()]
    assert not [command for command in commands if SECRET.search(command)]
    assert not [each for each in image.attrs["Config"]["Env"] if SECRET.search(each)]
    for tool in ("gcc", "cc", "make"):
        with pytest.raises(docker.errors.ContainerError):
            engine.containers.run(f"{IMAGES}-sandbox", ["sh", "-c", f"command -v {tool}"], remove=True)
    with capsys.disabled():
        sys.stdout.write(f"\nfaultline-sandbox has {image.attrs['Size'] / 1e6:,.0f} MB\n")


def test_containers_beside_it_reach_it_by_name(project: Project, engine: docker.DockerClient) -> None:
    """Other containers reach the sandbox as `localstack`, and get queue URLs with that name."""
    script = (
        "import boto3; sqs = boto3.client('sqs', region_name='us-east-1'); "
        "url = sqs.get_queue_url(QueueName='faultline-test-tasks.fifo')['QueueUrl']; print(url); "
        "sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['All'])"
    )

    def run(*command: str) -> str:
        output = engine.containers.run(
            f"{IMAGES}-sandbox",
            list(command),
            network=f"{project.name}_default",
            environment={
                "AWS_ENDPOINT_URL": "http://localstack:4566",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "STAGE": "test",
            },
            remove=True,
        )
        return bytes(output).decode()

    assert run("python", "-c", script).startswith("http://localstack:4566/")
    submit = "FAULTLINE_API_KEY=$(faultline keys create beside) faultline submit '{}' --json"
    assert json.loads(run("sh", "-c", submit))["taskId"]
    assert "http://localstack:4566/" in run("faultline", "outputs")


def test_the_host_reaches_its_queues(project: Project, aws: Callable[[str], Any]) -> None:
    """Clients on the host get queue URLs with the published port."""
    sqs = aws("sqs")
    url = sqs.get_queue_url(QueueName="faultline-test-tasks.fifo")["QueueUrl"]
    assert url.startswith(f"{project.endpoint_url}/")
    assert requests.get(f"{project.endpoint_url}/_localstack/health", timeout=60).ok
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
