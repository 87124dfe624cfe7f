"""The environment variables of a function process."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"

# Variables for LocalStack's own init in a container, which AWS does not set.
_LOCALSTACK_ONLY = ("EDGE_PORT", "AWS_LAMBDA_FUNCTION_TIMEOUT")


def function_environment(
    given: Mapping[str, object],
    configured: Mapping[str, str],
    *,
    task_root: Path,
    runtime_root: Path,
    scratch: Path,
) -> dict[str, str]:
    """Return all variables of the process, without any of the sandbox's own environment.

    The variables match https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, except for
    TMPDIR, which takes the place of the separate /tmp that each environment has on AWS, AWS_ENDPOINT_URL,
    with which LocalStack directs the function's clients to itself, and two that keep clients from reading the
    configuration files of the user who runs the sandbox; on AWS there are none.

    Args:
        given: The variables that LocalStack sets.
        configured: The variables of the function's configuration.
        task_root: The folder of the function's code.
        runtime_root: The folder of the runtime client.
        scratch: The environment's folder for temporary files.
    """
    kept = {
        name: str(value)
        for name, value in given.items()
        if name in configured or not (name.startswith("LOCALSTACK_") or name in _LOCALSTACK_ONLY)
    }
    unreserved = {
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(scratch),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    reserved = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
        "LAMBDA_RUNTIME_DIR": str(runtime_root),
        "LAMBDA_TASK_ROOT": str(task_root),
        "TZ": ":UTC",
    }
    return {**unreserved, **kept, **reserved}
