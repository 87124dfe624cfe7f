"""Isolation of functions, which have the environment of AWS and no access to that of the host."""

import io
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.executor.localstack import HOST_MARKER, LocalStack, zipped

CURIOUS = """
    import os, sys, tempfile, threading

    FILES = "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"

    def handler(event, context):
        open(os.path.join(tempfile.gettempdir(), "written"), "w").close()
        return {
            "environment": dict(os.environ),
            "path": sys.path,
            "modules": sorted(sys.modules),
            "cwd": os.getcwd(),
            "task_root": os.path.dirname(__file__),
            "tmp": tempfile.gettempdir(),
            "settings": [open(os.environ[name]).read() for name in FILES],
            "stdin": sys.stdin.read(),
            "leader": os.getsid(0) == os.getpid() == os.getpgid(0),
            "threads": [thread.name for thread in threading.enumerate()],
        }
"""

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, then LocalStack's, then the
# replacement for the sandbox's /tmp, and for the user's configuration files.
VARIABLES = {
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
    *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"),
    *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
    *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "TZ", "AWS_XRAY_CONTEXT_MISSING"),
    *("AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT"),
    "AWS_ENDPOINT_URL",
    "TMPDIR",
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
}


@pytest.fixture(scope="module")
def findings(localstack: LocalStack) -> Any:
    """Return the view that a function with the variable GREETING has of its environment."""
    name = localstack.deploy(CURIOUS, Environment={"Variables": {"GREETING": "hello"}})
    return localstack.invoke(name).payload


def test_the_environment_is_that_of_aws(findings: Any) -> None:
    """A function has its configured variables and AWS's, and none of the host's."""
    environment = findings["environment"]

    assert set(environment) - {"GREETING", "LC_CTYPE"} == VARIABLES
    assert HOST_MARKER not in environment
    assert environment["GREETING"] == "hello"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert environment["LAMBDA_TASK_ROOT"] == findings["task_root"]
    assert findings["settings"] == ["", ""]


def test_imports_come_from_the_artifact_the_runtime_and_the_library(findings: Any) -> None:
    """A function imports only from its artifact, the runtime's folder and the standard library."""
    environment = findings["environment"]
    standard = sysconfig.get_path("stdlib", vars={"base": sys.base_prefix})

    first, second, *rest = findings["path"]
    assert [first, second] == [environment["LAMBDA_TASK_ROOT"], environment["LAMBDA_RUNTIME_DIR"]]
    assert all(path.startswith(str(standard)[:-1]) or path.endswith(".zip") for path in rest)
    assert not any("site-packages" in path for path in findings["path"])
    assert not [name for name in findings["modules"] if name.split(".")[0] == "sandbox"]


def test_a_function_without_an_sdk_has_that_of_the_runtime(localstack: LocalStack) -> None:
    """A function without an SDK gets boto3, and nothing else, from LocalStack's environment."""
    source = """
        import importlib.util

        import boto3

        def handler(event, context):
            there = [name for name in ("boto3", "localstack", "moto") if importlib.util.find_spec(name)]
            return {"there": there, "account": boto3.client("sts").get_caller_identity()["Account"]}
    """
    name = localstack.deploy(source, Timeout=30)
    assert localstack.invoke(name).payload == {"there": ["boto3"], "account": "000000000000"}


def test_files_have_the_modes_of_the_zip(localstack: LocalStack) -> None:
    """A program that is executable in the zip can be run, and one that is not is refused, as in Lambda."""
    source = """
        import os, subprocess

        def handler(event, context):
            try:
                subprocess.run([os.path.abspath("plain")])
            except PermissionError:
                return subprocess.check_output([os.path.abspath("program")], text=True)
    """
    content = io.BytesIO(zipped(source))
    with zipfile.ZipFile(content, "a") as archive:
        for name, mode in {"program": 0o100755, "plain": 0o100644}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, "#!/bin/sh\necho it runs\n")
    name = localstack.deploy("", Code={"ZipFile": content.getvalue()})
    assert localstack.invoke(name).payload == "it runs\n"


def test_the_process_stands_alone(findings: Any) -> None:
    """A function runs in its task root, in a session of its own, with no input and one thread."""
    assert findings["cwd"] == findings["task_root"]
    assert findings["leader"] is True
    assert findings["stdin"] == ""
    assert findings["threads"] == ["MainThread"]


def test_each_environment_has_a_tmp_that_goes_with_it(localstack: LocalStack) -> None:
    """Files in a function's /tmp are deleted with its environment."""
    name = localstack.deploy(CURIOUS)
    tmp = Path(localstack.invoke(name).payload["tmp"])
    assert (tmp / "written").exists()

    localstack.functions.delete_function(FunctionName=name)

    eventually(lambda: not tmp.exists())
