"""The arrows between the packages, as DESIGN.md draws them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]

# What each package may import beside the standard library and, as far as the contracts go, our own.
FUNCTIONS = {"aws_lambda_powertools", "boto3", "botocore", "pydantic", "types_boto3_*", "urllib3", "uuid6"}
ALLOWED = {"lambdas/domain": {"pydantic"}, "lambdas/work": {"pydantic", "urllib3"}, "lambdas": FUNCTIONS}


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, top-level package) of every import, wherever in a file it stands."""
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


def test_imports_go_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contract of [tool.importlinter] in pyproject.toml is kept."""
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.mark.parametrize(("folder", "allowed"), ALLOWED.items(), ids=ALLOWED)
def test_only_what_is_allowed_is_imported(folder: str, allowed: set[str]) -> None:
    """The domain needs pydantic alone, and no function anything that its artifact does not carry."""
    ours = {"lambdas", "__future__"} | set(sys.stdlib_module_names)
    strange = {
        (path, name)
        for path, name in imported(ROOT / folder)
        if name not in ours | allowed
        and not any(name.startswith(each.removesuffix("*")) for each in allowed if each.endswith("*"))
    }
    assert strange == set()
