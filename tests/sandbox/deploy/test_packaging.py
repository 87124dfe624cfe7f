"""The artifact: reproducible, built once, and independent of the folder in which it is built."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.deploy.packaging import PACKAGE, Artifact, build, lambda_platform, local_platform
from infra.errors import PackagingFailed

AWS = lambda_platform("arm64")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with one wheel, `greeting`, that uv uses instead of an index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    files = {
        "greeting/__init__.py": "HELLO = 'hello'\n",
        "greeting/bin/wave": "#!/bin/sh\necho wave\n",
        "greeting-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1\n",
        "greeting-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "greeting-1.dist-info/entry_points.txt": "[console_scripts]\ngreet = greeting:main\n",
    }
    record = "".join(f"{name},{digest(text)},{len(text)}\n" for name, text in files.items())
    with zipfile.ZipFile(folder / "greeting-1-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100755 if "/bin/" in name else 0o100644) << 16
            wheel.writestr(entry, text)
        wheel.writestr("greeting-1.dist-info/RECORD", record + "greeting-1.dist-info/RECORD,,\n")
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return folder


def digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture
def lock(wheels: Path, tmp_path: Path) -> Path:
    [wheel] = wheels.iterdir()
    path = tmp_path / "lambda.txt"
    path.write_text(f"greeting==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return path


def package(folder: Path) -> Path:
    """Make a package `lambdas` with a handler, a program, and bytecode that an interpreter has left."""
    root = folder / "lambdas"
    (root / "one" / "__pycache__").mkdir(parents=True)
    (root / "bin").mkdir()
    (root / "bin" / "tool").write_text("#!/bin/sh\n")
    (root / "bin" / "tool").chmod(0o700)
    (root / "__init__.py").write_text("")
    (root / "one" / "handler.py").write_text("handler = None\n")
    (root / "one" / "__pycache__" / "handler.cpython-313.pyc").write_text(str(folder))
    return root


def names(artifact: Artifact) -> list[str]:
    with zipfile.ZipFile(artifact.path) as zipped:
        return zipped.namelist()


def test_same_bytes_from_another_folder_umask_and_time(lock: Path, tmp_path: Path) -> None:
    first = build(local_platform(), lock=lock, package=package(tmp_path / "a"), cache=tmp_path / "cache a")
    umask = os.umask(0o077)
    try:
        elsewhere = package(tmp_path / "b")
        for path in elsewhere.rglob("*.py"):
            os.utime(path, (time.time() + 1000, time.time() + 1000))
        second = build(local_platform(), lock=lock, package=elsewhere, cache=tmp_path / "cache b")
    finally:
        os.umask(umask)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256(first.path.read_bytes()).hexdigest()


def test_the_real_one_is_the_same_from_two_empty_caches(tmp_path: Path) -> None:
    """Two processes with different caches, hash seeds, locales and time zones build the same artifact.

    It is the sandbox's, because compiling all libraries twice would take long.
    """
    script = (
        "import sys; from pathlib import Path; from infra.deploy.packaging import build, local_platform; "
        "print(build(local_platform(), cache=Path(sys.argv[1])).sha256)"
    )

    def built(name: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / name)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    first = built("a", PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
    assert first == built("b", PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="Asia/Tokyo")
    assert len(first) == 64


def test_artifact_holds_code_and_nothing_of_the_place(lock: Path, tmp_path: Path) -> None:
    artifact = build(local_platform(), lock=lock, package=package(tmp_path), cache=tmp_path / "cache")

    assert names(artifact) == [
        "greeting-1.dist-info/METADATA",
        "greeting-1.dist-info/WHEEL",
        "greeting-1.dist-info/entry_points.txt",
        "greeting/__init__.py",
        "greeting/bin/wave",
        "lambdas/__init__.py",
        "lambdas/bin/tool",
        "lambdas/one/handler.py",
    ]


def test_programs_stay_executable_and_other_files_are_not(lock: Path, tmp_path: Path) -> None:
    artifact = build(AWS, lock=lock, package=package(tmp_path), cache=tmp_path / "cache")
    with zipfile.ZipFile(artifact.path) as zipped:
        modes = {entry.filename: entry.external_attr >> 16 for entry in zipped.infolist()}
    programs = {"greeting/bin/wave", "lambdas/bin/tool"}
    assert {name for name, mode in modes.items() if mode == 0o100755} == programs
    assert {mode for name, mode in modes.items() if name not in programs} == {0o100644}


def test_functions_compile_nothing_on_aws(lock: Path, tmp_path: Path) -> None:
    """The artifact's modules have bytecode, which is used regardless of the files' times."""
    artifact = build(AWS, lock=lock, package=package(tmp_path / "p"), cache=tmp_path / "cache")
    root = tmp_path / "task"
    with zipfile.ZipFile(artifact.path) as zipped:
        zipped.extractall(root)
    script = """
import importlib.machinery, sys

def refuse(self, data, path, **_):
    raise SystemExit(f"{path} is compiled")

importlib.machinery.SourceFileLoader.source_to_code = refuse
sys.path.insert(0, sys.argv[1])
import greeting, lambdas.one.handler
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(root)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_bytecode_is_the_same_from_elsewhere(lock: Path, tmp_path: Path) -> None:
    """Copies of the functions' own package have the same bytecode, by compilers with different hash seeds."""

    def built(place: str) -> Artifact:
        copy = shutil.copytree(PACKAGE, tmp_path / place / "lambdas")
        return build(AWS, lock=lock, package=copy, cache=tmp_path / place / "cache")

    first, second = built("a"), built("b")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert "lambdas/submit_task/__pycache__/handler.cpython-313.pyc" in names(first)


def test_second_build_does_not_ask_uv(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache = package(tmp_path), tmp_path / "cache"
    build(local_platform(), lock=lock, package=root, cache=cache)
    monkeypatch.setenv("UV_FIND_LINKS", "")
    monkeypatch.setenv("UV_OFFLINE", "1")

    (root / "one" / "handler.py").write_text("handler = 1\n")
    artifact = build(local_platform(), lock=lock, package=root, cache=cache)

    with zipfile.ZipFile(artifact.path) as zipped:
        assert zipped.read("lambdas/one/handler.py") == b"handler = 1\n"


def test_builds_at_the_same_time_do_not_disturb_each_other(lock: Path, tmp_path: Path) -> None:
    root, cache = package(tmp_path), tmp_path / "cache"

    with ThreadPoolExecutor(3) as pool:
        built = list(
            pool.map(lambda _: build(local_platform(), lock=lock, package=root, cache=cache), range(3))
        )

    assert len({artifact.sha256 for artifact in built}) == 1
    assert len(names(built[0])) == 8
    assert sorted(path.name for path in cache.rglob("*") if path.is_file()) == sorted(
        [f"{built[0].sha256}.zip", *(path.name for path in (cache / "libraries").iterdir())]
    )


def test_artifacts_of_yesterday_are_forgotten(lock: Path, tmp_path: Path) -> None:
    root, cache = package(tmp_path), tmp_path / "cache"
    old = build(local_platform(), lock=lock, package=root, cache=cache)
    os.utime(old.path, (0, 0))
    (root / "new.py").write_text("")

    new = build(local_platform(), lock=lock, package=root, cache=cache)

    assert list(old.path.parent.iterdir()) == [new.path]


def test_cache_is_the_users(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))

    artifact = build(local_platform(), lock=lock, package=package(tmp_path))

    assert artifact.path.is_relative_to(tmp_path / "xdg" / "faultline")


def test_wrong_hash_is_one_clear_line(lock: Path, tmp_path: Path) -> None:
    lock.write_text(f"greeting==1 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(PackagingFailed, match=r"^uv could not install lambda.txt for .*: ") as failed:
        build(local_platform(), lock=lock, package=package(tmp_path), cache=tmp_path / "cache")

    assert "Hash mismatch for `greeting" in str(failed.value)
    assert "\n" not in str(failed.value)
    assert list((tmp_path / "cache" / "libraries").iterdir()) == []


def test_too_large_for_lambda_is_told_before_aws_does(lock: Path, tmp_path: Path) -> None:
    root = package(tmp_path)
    with (root / "large.bin").open("wb") as large:
        large.truncate(251 * 1024 * 1024)

    with pytest.raises(PackagingFailed, match="Lambda accepts at most 262,144,000"):
        build(local_platform(), lock=lock, package=root, cache=tmp_path / "cache")


def test_lambdas_platform_is_amazon_linux() -> None:
    assert lambda_platform("x86_64").libc == "x86_64-manylinux_2_28"
    assert lambda_platform("arm64").libc == "aarch64-manylinux_2_28"
