"""The functions' artifact: one reproducible zip for all of them.

It contains the libraries of the lock `requirements/lambda.txt` and the package `lambdas/`, for AWS with their
bytecode; the sandbox compiles an artifact when it unpacks it. The libraries are zipped once for each lock,
platform and set of AWS services, and kept in the user's cache; the packages are appended to a copy. A project
adds its package, and the libraries of its own lock.
"""

import hashlib
import os
import platform as machine
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.deploy.bytecode import bytecode
from infra.deploy.installation import PYTHON, for_kinds, install, merge, place_of, unpacked
from infra.deploy.service_models import is_needed, needed_content, used_services
from infra.errors import PackagingFailed
from infra.project.inspection import Roots, project_kinds
from infra.project.lock_origin import check_lock
from infra.project.project import Project
from infra.stages import Architecture
from lambdas.work.kinds import KINDS
from lambdas.work.registry import Registry

_ROOT = Path(__file__).resolve().parents[2]
_LOCK = Path("requirements", "lambda.txt")
"""Path of the lock, relative to the root of a checkout or to `infra` in an installed wheel."""
PACKAGE = _ROOT / "lambdas"
"""The package that runs inside the functions."""

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can store."""
_FILE, _PROGRAM = 0o100644, 0o100755
"""The modes of a file in the zip, which do not depend on this machine's umask."""
_UNIX = 3
_NOISE = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
"""Files about an installation: its installer, place and time."""
_SCRIPTS = "bin"
"""The folder into which uv installs the libraries' commands, which contain the interpreter's path."""
_FORM = b"3"
"""Version of the rules for packaging libraries. A new version invalidates older caches."""
_UNUSED_AFTER_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A platform for the libraries' binaries.

    Attributes:
        name: The name in the cache's file names.
        libc: The platform's name in uv; None for this machine.
    """

    name: str
    libc: str | None = None

    @property
    def needs_bytecode(self) -> bool:
        """Whether the artifact must contain bytecode, as for AWS; the sandbox compiles it while unpacking."""
        return self.libc is not None


def lambda_platform(architecture: Architecture) -> Platform:
    """Return AWS Lambda's platform: Amazon Linux 2023, whose glibc 2.34 runs manylinux_2_28 wheels.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    cpu = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    return Platform(name=f"lambda-{architecture}", libc=f"{cpu}-manylinux_2_28")


def local_platform() -> Platform:
    """Return the platform of this machine."""
    return Platform(name=f"{sys.platform}-{machine.machine()}")


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A built zip, the hexadecimal SHA-256 of its bytes, and the kinds of work in it.

    `notice` is for the person who builds it, about the project's lock, unless it is empty.
    """

    path: Path
    sha256: str
    kinds: Registry = KINDS
    notice: str = ""


def build(
    platform: Platform,
    *,
    lock: Path | None = None,
    package: Path = PACKAGE,
    cache: Path | None = None,
    project: Project | None = None,
) -> Artifact:
    """Build the artifact. This takes about 0.1 s; for a new lock, uv first installs the libraries.

    Args:
        platform: The platform that the functions will run on.
        lock: Libraries with their hashes, in pip's format. By default `requirements/lambda.txt`.
        package: The functions' own package.
        cache: The cache's folder, which several builds may share. By default `faultline` under XDG_CACHE_HOME
            or ~/.cache.
        project: The project whose kinds of work and libraries are added. Its modules are imported first.

    Raises:
        PackagingFailed: uv cannot install the libraries, or the artifact is too large for Lambda.
        InvalidProject: A kind of work is invalid or cannot be imported, or the project's lock is out of date.
    """
    lock = lock or default_lock()
    cache = cache or default_cache()
    notice = check_lock(project, lock) if project else ""
    packages = {package.name: package}
    services = services_of(project, package)
    locks = [lock]
    kinds = kinds_of(project, lock=lock, package=package, cache=cache)
    if project:
        packages |= {project.kinds: project.package, "faultline": for_kinds(cache)}
        locks += [project.lock] if project.lock else []
    libraries = [_libraries(platform, each, cache, services) for each in locks]
    folder = cache / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as draft_folder:
        draft = Path(draft_folder) / "artifact.zip"
        merge(libraries, draft)
        for name, path in packages.items():
            # Before they are compressed as well, which takes long.
            _check_size(draft, (path / inside for inside in _files(path)))
            _append(draft, path, prefix=name, compiled=platform.needs_bytecode)
        _check_size(draft)
        sha256 = hashlib.sha256(draft.read_bytes()).hexdigest()
        path = draft.replace(folder / f"{sha256}.zip")
    _forget_old(folder, keep=path)
    return Artifact(path=path, sha256=sha256, kinds=kinds, notice=notice)


def services_of(project: Project | None, package: Path = PACKAGE) -> frozenset[str]:
    """Return the AWS services that an artifact's code or secrets use, whose descriptions it contains."""
    services = used_services(package)
    if project:
        services |= used_services(project.package) | {each.service for each in project.secrets.values()}
    return services


def kinds_of(
    project: Project | None,
    *,
    lock: Path | None = None,
    package: Path = PACKAGE,
    cache: Path | None = None,
    handlers: bool = True,
) -> Registry:
    """Return a project's kinds of work, imported as in its functions; without a project, the built-in kinds.

    Args:
        project: The project.
        lock: See `build`.
        package: See `build`.
        cache: See `build`.
        handlers: Whether to import the functions' handlers as well, which takes a second.

    Raises:
        PackagingFailed: uv cannot install the libraries.
        InvalidProject: A kind of work is invalid, or cannot be imported.
    """
    if project is None:
        return KINDS
    cache = cache or default_cache()
    packages = {package.name: package, project.kinds: project.package, "faultline": for_kinds(cache)}
    locks = [lock or default_lock(), *([project.lock] if project.lock else [])]
    installed = tuple(unpacked(local_platform(), each, cache) for each in locks)
    return project_kinds(project, Roots(packages=packages, libraries=installed), handlers=handlers)


def _libraries(platform: Platform, lock: Path, cache: Path, services: frozenset[str]) -> Path:
    """Return the zip of the locked libraries, from the cache or installed by uv."""
    content = hashlib.sha256(_FORM + lock.read_bytes() + ",".join(sorted(services)).encode()).hexdigest()
    folder = cache / "libraries"
    kind = f"{platform.name}-py{PYTHON}" + ("-compiled" if platform.needs_bytecode else "")
    path = folder / f"{kind}-{content}.zip"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # If two builds get here at once, each completes its own draft, and the last rename wins.
        with tempfile.TemporaryDirectory(dir=folder) as draft_folder:
            target = place_of(platform, lock, cache)  # exists if there is a project
            if not target.exists():
                target = Path(draft_folder) / "target"
                install(platform, lock, target)
            draft = Path(draft_folder) / "libraries.zip"
            _append(draft, target, prefix="", compiled=platform.needs_bytecode, services=services)
            draft.replace(path)
    return path


def _append(
    archive: Path, folder: Path, *, prefix: str, compiled: bool, services: frozenset[str] | None = None
) -> None:
    """Add a folder's files to a zip reproducibly: by name, without times or paths of this machine.

    Args:
        archive: The zip.
        folder: The folder.
        prefix: The folder's path in the zip; empty for a folder of libraries, whose commands are left out.
        compiled: Whether to add the bytecode of its modules as well.
        services: The AWS services whose descriptions to add, of a folder of libraries.
    """
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as zipped:

        def add(name: str, content: bytes, mode: int = _FILE) -> None:
            entry = zipfile.ZipInfo(Path(prefix, name).as_posix(), _TIMESTAMP)
            entry.create_system = _UNIX
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, content)

        left_out = () if prefix else (_SCRIPTS,)
        for inside in sorted(_files(folder), key=Path.as_posix):
            if inside.parts[0] in left_out or (services is not None and not is_needed(inside, services)):
                continue
            content = (folder / inside).read_bytes()
            if services is not None:
                content = needed_content(inside, content, services)
            is_program = (folder / inside).stat().st_mode & stat.S_IXUSR
            add(inside.as_posix(), content, _PROGRAM if is_program else _FILE)
        if compiled:
            for name, content in bytecode(folder, prefix=prefix):
                if Path(name).parts[0] not in left_out:
                    add(name, content)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the paths in a folder of the files to package."""
    # In the image, libraries are links. Links within a folder are not followed, since they may form a cycle.
    roots = [folder, *(path for path in folder.iterdir() if path.is_symlink())]
    for path in (path for root in roots for path in root.rglob("*")):
        inside = path.relative_to(folder)
        noise = inside.name in _NOISE and inside.parent.suffix == ".dist-info"
        noise = noise or path == folder / ".lock"  # uv's own
        if path.is_file() and not noise and "__pycache__" not in inside.parts:
            yield inside


def _check_size(archive: Path, more: Iterable[Path] = ()) -> None:
    """Refuse an archive that is too large for Lambda, or would be with more files."""
    with zipfile.ZipFile(archive) as zipped:
        size = sum(entry.file_size for entry in zipped.infolist())
    size += sum(path.stat().st_size for path in more)
    if size > _MAX_UNZIPPED_BYTES:
        raise PackagingFailed(
            f"the artifact has {size:,} bytes unzipped; Lambda accepts at most {_MAX_UNZIPPED_BYTES:,}"
        )


def _forget_old(folder: Path, *, keep: Path) -> None:
    """Remove artifacts last built more than a day ago, since each edit of a handler creates a new one."""
    for path in folder.glob("*.zip"):
        try:
            if path != keep and time.time() - path.stat().st_mtime > _UNUSED_AFTER_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue  # Another build has removed it.


def default_lock() -> Path:
    """Return the path of the functions' lock, in the installed wheel or the checkout."""
    checkout, wheel = _ROOT / _LOCK, _ROOT / "infra" / _LOCK
    return wheel if wheel.exists() else checkout


def default_cache() -> Path:
    """Return Faultline's folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "faultline"
