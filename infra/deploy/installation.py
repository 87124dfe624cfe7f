"""The functions' libraries, installed by uv from locks, and packages generated for the artifact."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from infra.errors import PackagingFailed

if TYPE_CHECKING:
    from infra.deploy.packaging import Platform

PYTHON = "3.13"
_FAULTLINE = Path(__file__).resolve().parents[2] / "faultline"
_OF_KINDS = ("__init__.py", "work.py")
"""The modules of the package `faultline` that a project's kinds of work import."""
_SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
_OF_PIP = {
    "REQUESTS_CA_BUNDLE": "SSL_CERT_FILE",
    "PIP_CERT": "SSL_CERT_FILE",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
}
"""Variables of pip and requests, with their counterparts in uv. All of them use HTTPS_PROXY:
https://docs.astral.sh/uv/reference/environment/ and https://pip.pypa.io/en/stable/topics/configuration/."""
_INDEXES = frozenset({"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE"})


def install(platform: "Platform", lock: Path, target: Path) -> None:
    """Install the libraries of a lock into a folder.

    Raises:
        PackagingFailed: uv fails, for example because a library has no wheel for the platform.
    """
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command += ["--target", str(target), "--requirement", str(lock)]
    if platform.libc:
        command += ["--python-platform", platform.libc, "--python-version", PYTHON]
    try:
        result = subprocess.run(  # noqa: S603 # our own command
            command, env=uv_environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise PackagingFailed(f"cannot start uv, which installs the libraries: {error}") from error
    if result.returncode:
        reason = " ".join(result.stderr.split()).removeprefix("error: ") or "no message"
        raise PackagingFailed(f"uv could not install {lock.name} for {platform.name}: {reason}")


def uv_environment() -> dict[str, str]:
    """Return environment variables for uv: this process's, with pip's settings of the package index.

    uv's own settings take precedence, then those that scripts/setup has taken from pip's configuration, then
    the variables of pip and requests.
    """
    settings = Path(sys.prefix) / "uv.env"
    lines = settings.read_text().splitlines() if settings.exists() else []
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    # Like pip, let uv use the system's certificates if there are any.
    trusted = {"UV_SYSTEM_CERTS": "1"} if any(Path(each).exists() for each in _SYSTEM_CERTIFICATES) else {}
    of_pip = {own: os.environ[pip] for pip, own in _OF_PIP.items() if os.environ.get(pip)}
    if _INDEXES & os.environ.keys():
        of_pip.pop("UV_DEFAULT_INDEX", None)
    return {**trusted, **of_pip, **found, **os.environ}


def place_of(platform: "Platform", lock: Path, cache: Path) -> Path:
    """Return the cache folder for the libraries of a lock, which need not exist."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return cache / "unpacked" / f"{platform.name}-py{PYTHON}-{digest}"


def unpacked(platform: "Platform", lock: Path, cache: Path) -> Path:
    """Return a folder with the libraries of a lock, from the cache or installed by uv."""
    path = place_of(platform, lock, cache)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as draft_folder:
            target = Path(draft_folder) / "target"
            target.mkdir()
            install(platform, lock, target)
            # If two builds get here at once, the first one wins.
            with suppress(OSError):
                target.rename(path)
    return path


def merge(libraries: Sequence[Path], draft: Path) -> None:
    """Merge several zips into one; of files with the same name, the first wins."""
    shutil.copyfile(libraries[0], draft)
    with zipfile.ZipFile(draft, "a", zipfile.ZIP_DEFLATED) as zipped:
        present = set(zipped.namelist())
        for path in libraries[1:]:
            with zipfile.ZipFile(path) as added:
                for entry in added.infolist():
                    if entry.filename not in present:
                        zipped.writestr(entry, added.read(entry))


def for_kinds(cache: Path) -> Path:
    """Return a folder with the part of the package `faultline` that kinds of work import."""
    files = {name: (_FAULTLINE / name).read_bytes() for name in _OF_KINDS}
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()
    path = cache / "work" / digest / "faultline"
    if not path.exists():
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent.parent) as draft_folder:
            draft = Path(draft_folder) / digest / "faultline"
            draft.mkdir(parents=True)
            for name, content in files.items():
                (draft / name).write_bytes(content)
            with suppress(OSError):  # another build was first
                draft.parent.rename(path.parent)
    return path
