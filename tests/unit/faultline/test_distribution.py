"""The contents of the wheel, and the dependencies that it declares."""

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OURS = {"faultline", "infra", "lambdas", "sandbox"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build and unpack the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    zipfile.ZipFile(built).extractall(folder / "unpacked")
    return folder / "unpacked"


def imported(folder: Path) -> Iterator[str]:
    """Yield the top-level packages that modules in a folder import, except for the plug-ins' source."""
    for path in folder.rglob("*.py"):
        if path.is_relative_to(folder / "infra" / "localstack"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def test_the_wheel_has_all_that_the_command_imports(wheel: Path) -> None:
    """The command runs from the wheel; the plug-ins, which LocalStack imports, are not a package in it."""
    program = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); sys.argv = ['faultline', 'permissions', '--json']\n"
        f"import infra, faultline.cli.main; assert infra.__file__.startswith({str(wheel)!r})\n"
        "faultline.cli.main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", program], capture_output=True, text=True, cwd=wheel
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (wheel / "faultline" / "py.typed").exists()
    assert (wheel / "infra" / "requirements" / "lambda.txt").exists()  # the source of the functions' artifact
    assert {path.name for path in (wheel / "sandbox").iterdir()} == {"__init__.py", "process"}


def test_every_library_that_is_imported_is_declared(wheel: Path) -> None:
    """Every library that the wheel imports is declared, except type stubs and what belongs to others."""
    declared = {re.split(r"[^A-Za-z0-9-]", each)[0] for each in requires("faultline") or []}
    names = {
        name
        for name in imported(wheel)
        if name
        not in OURS | set(sys.stdlib_module_names) | {"botocore", "pydantic_core", "snapshot_restore_py"}
        and not name.startswith("types_boto3")
    }
    providers = packages_distributions()
    distributions = {providers[name][0].replace("_", "-") for name in names}
    assert {name.lower() for name in distributions} <= declared


def test_an_installed_command_makes_localstacks_environment_in_the_cache(wheel: Path, tmp_path: Path) -> None:
    """The wheel has the lock and the plug-ins' source; the environment belongs in the user's cache."""
    program = (
        f"import sys; sys.path.insert(0, {str(wheel)!r})\n"
        "from sandbox.process import launch, installation\n"
        "print(launch.interpreter()); print(launch.is_to_be_installed())\n"
        "(installation.environment() / 'bin').mkdir(parents=True)\n"
        "(installation.environment() / '.made').touch(); print(launch.is_to_be_installed())\n"
    )
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], capture_output=True, text=True, cwd=wheel, env=environment
    )
    assert done.stderr == ""
    interpreter, before, after = done.stdout.split()
    assert Path(interpreter).is_relative_to(tmp_path / "faultline" / "localstack")
    assert (before, after) == ("True", "False")
    plugins = wheel / "infra" / "localstack" / "sandbox"
    assert (plugins / "plugins.py").exists()
    assert (plugins / "pyproject.toml").exists()
    assert "localstack-core==" in (wheel / "infra" / "requirements" / "sandbox.txt").read_text()
