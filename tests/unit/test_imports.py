"""The allowed imports between packages."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The libraries that each package may import besides the standard library and, within the contracts, our own
# packages.
FUNCTIONS = {
    *("aws_lambda_powertools", "aws_xray_sdk", "boto3", "botocore", "pydantic", "types_boto3_*", "urllib3"),
    *("pydantic_core", "snapshot_restore_py", "uuid6"),
}
ALLOWED = {
    "lambdas/domain": {"pydantic"},
    "lambdas/work": {"pydantic", "pydantic_core", "urllib3"},
    "lambdas": FUNCTIONS,
}


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the file and the top-level package of every import in a folder."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            else:
                continue
            for name in names:
                yield str(path.relative_to(ROOT)), name.partition(".")[0]


def test_imports_go_one_way() -> None:
    """Every contract of [tool.importlinter] in pyproject.toml is kept."""
    # In a process of its own, because it imports the packages.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("folder", "allowed"), ALLOWED.items(), ids=ALLOWED)
def test_only_what_is_allowed_is_imported(folder: str, allowed: set[str]) -> None:
    """The domain, the work and the functions each import only the libraries allowed there."""
    ours = {"lambdas", "__future__"} | set(sys.stdlib_module_names)
    strange = {
        (path, name)
        for path, name in imported(ROOT / folder)
        if name not in ours | allowed
        and not any(name.startswith(each.removesuffix("*")) for each in allowed if each.endswith("*"))
    }
    assert strange == set()
