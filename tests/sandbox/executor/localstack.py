"""A LocalStack process that can be killed, with methods for its functions."""

import base64
import io
import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
import uuid
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import boto3
import psutil
from botocore.config import Config

from sandbox.process import service_index
from sandbox.process.launch import command
from sandbox.process.paths import cache_dir
from tests.eventually import eventually

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient

ROLE = "arn:aws:iam::000000000000:role/function"
HOST_MARKER = "FAULTLINE_TEST_MARKER"  # set in LocalStack's environment, and not visible to functions


def zipped(source: str) -> bytes:
    """Return an artifact of one module, app.py."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("app.py"), dedent(source))  # without a date
    return archive.getvalue()


def running(pid: int) -> bool:
    """Return whether the process exists and is not a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Reply:
    """The result of Invoke: the decoded payload, FunctionError, and the end of the log."""

    payload: Any
    error: str | None
    log: str

    def report(self, name: str) -> str | None:
        """Return a field of the REPORT line without its unit, or None if it is missing."""
        line = next(line for line in self.log.splitlines() if line.startswith("REPORT"))
        found = re.search(rf"\t{name}: ([^\t]+?)(?: ms| MB)?(?:\t|$)", line)
        return found[1] if found else None


class LocalStack:
    """A LocalStack process in `folder` on a free port, with `more` in its environment."""

    def __init__(self, folder: Path, **more: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        (folder / "tmp").mkdir(parents=True)
        settings = {
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "EAGER_SERVICE_LOADING": "0",
            "FAULTLINE_CACHE_DIR": str(folder / "cache"),
            "FILESYSTEM_ROOT": str(folder / "root"),
            "GATEWAY_SERVER": "faultline",
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
            "OVERRIDE_IN_DOCKER": "0",  # in a container it would write to the shared folder
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "TMPDIR": str(folder / "tmp"),
            HOST_MARKER: "leaked",
            **more,
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LOCALST"))}
        environment = inherited | settings
        service_index.provide(folder / "root", cache_dir(), environment)
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                command(),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        eventually(self._serves)

    def _serves(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/_localstack/health", timeout=60) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """Kill LocalStack's process group, as `kill -9` does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def client(self) -> dict[str, Any]:
        """Return the arguments of a boto3 client."""
        return {
            "endpoint_url": self.url,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "config": Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
        }

    @cached_property
    def functions(self) -> "LambdaClient":
        return boto3.client("lambda", **self.client)

    @cached_property
    def objects(self) -> Any:
        return boto3.client("s3", **self.client)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return boto3.client("logs", **self.client)

    def create(self, source: str, **configuration: Any) -> str:
        """Create a function with the handler app.handler; return its name before it is active.

        Its timeout is longer than the 3 seconds of Lambda, which a function can exceed on a busy machine.
        """
        name = f"function-{uuid.uuid4().hex[:12]}"
        defaults = {"Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE, "Timeout": 60}
        code = {"ZipFile": zipped(source)}
        self.functions.create_function(**{"FunctionName": name, "Code": code, **defaults, **configuration})
        return name

    def settled(self, name: str) -> str:
        """Return the state of a function once it is neither pending nor being updated."""

        def state() -> str | None:
            now = self.functions.get_function_configuration(FunctionName=name)
            busy = now["State"] == "Pending" or now["LastUpdateStatus"] == "InProgress"
            return None if busy else now["State"]

        return eventually(state)

    def deploy(self, source: str, **configuration: Any) -> str:
        """Create a function and wait until it can be invoked; return its name."""
        name = self.create(source, **configuration)
        assert self.settled(name) == "Active"
        return name

    def update(self, name: str, source: str) -> None:
        """Update the function's code, and wait until it is in use."""
        self.functions.update_function_code(FunctionName=name, ZipFile=zipped(source))
        assert self.settled(name) == "Active"

    def invoke(self, name: str, event: object = None) -> Reply:
        """Invoke the function and wait for its answer."""
        response = self.functions.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        return Reply(
            payload=json.loads(response["Payload"].read()),
            error=response.get("FunctionError"),
            log=base64.b64decode(response["LogResult"]).decode(),
        )

    def events(self, name: str, *, until: str) -> list[str]:
        """Return the function's events in CloudWatch Logs, once one of them contains `until`."""

        def messages() -> list[str] | None:
            try:
                pages = self.logs.get_paginator("filter_log_events").paginate(
                    logGroupName=f"/aws/lambda/{name}"
                )
                events = [each["message"].rstrip("\n") for page in pages for each in page["events"]]
            except self.logs.exceptions.ResourceNotFoundException:
                return None
            return events if any(until in event for event in events) else None

        return eventually(messages)
