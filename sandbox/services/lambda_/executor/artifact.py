"""The folders that a function process imports from: its artifact and AWS's runtime client."""

import base64
import os
import platform
import shutil
import sys
import tempfile
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import S3Code

from sandbox.services.lambda_.executor.compiled_folder import publish, unpack

RUNTIME_CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")


def task_root(code: S3Code) -> Path:
    """Return the folder of an artifact, which all functions with the same zip share.

    LocalStack would extract the zip for each function, and each would compile its own copy of the same
    libraries. A zip with other content has another CodeSha256 and another folder, and existing processes keep
    the old folder.
    """

    def extract(draft: Path) -> None:
        with tempfile.TemporaryFile() as archive:
            # Private, but the only access to the zip that does not also extract it; the version of LocalStack
            # is pinned exactly.
            code._download_archive_to_file(archive)
            with zipfile.ZipFile(archive) as zipped:
                unpack(zipped, draft)

    return publish(_cache() / "artifacts" / base64.b64decode(code.code_sha256).hex(), extract)


def runtime_root() -> Path:
    """Return a folder with `awslambdaric` and its dependencies, without the rest of the environment.

    It corresponds to /var/runtime, which follows the task root on sys.path on AWS.
    """
    distributions = [metadata.distribution(name) for name in RUNTIME_CLIENT]
    versions = [f"{each.name}-{each.version}" for each in distributions]
    built_for = [sys.implementation.cache_tag, sys.platform, platform.machine()]

    def copy(draft: Path) -> None:
        for distribution in distributions:
            for file in distribution.files or ():
                parts = set(file.parts)
                if file.parts[0].endswith(".dist-info") or parts & {"__pycache__", "tests", ".."}:
                    continue
                (draft / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), draft / file)

    return publish(_cache() / "runtimes" / "-".join([*versions, *built_for]), copy)


@cache
def sdk_root() -> Path:
    """Return the folder that contains boto3, from which functions can import only the SDK."""
    return Path(str(metadata.distribution("boto3").locate_file("")))


def _cache() -> Path:
    return Path(os.environ.get("FAULTLINE_CACHE_DIR") or Path(config.dirs.cache) / "faultline")
