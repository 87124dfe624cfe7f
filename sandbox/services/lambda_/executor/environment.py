"""The environment variables of a function process."""

import sys
from collections.abc import Mapping
from pathlib import Path

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"

# What LocalStack's own init in a container wants to know, and AWS does not set.
_LOCALSTACK_ONLY = ("EDGE_PORT", "AWS_LAMBDA_FUNCTION_TIMEOUT")


def function_environment(
    given: Mapping[str, object],
    configured: Mapping[str, str],
    *,
    task_root: Path,
    runtime_root: Path,
    scratch: Path,
) -> dict[str, str]:
    """All variables of the process; nothing comes from the sandbox's own environment.

    `given` is what LocalStack wants set, `configured` what the function's configuration sets. The
    rest is as in https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, but for
    TMPDIR, which gives each environment the /tmp of its own that it has on AWS.
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
    }
    reserved = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
        "LAMBDA_RUNTIME_DIR": str(runtime_root),
        "LAMBDA_TASK_ROOT": str(task_root),
        "TZ": ":UTC",
    }
    return {**unreserved, **kept, **reserved}
