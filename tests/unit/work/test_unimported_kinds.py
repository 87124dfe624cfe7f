"""Search for kinds that are never imported."""

from pathlib import Path

import pytest

from lambdas.work.unimported_kinds import unimported_kinds
from tests.unit.infra.project.folder import KIND
from tests.unit.work.test_discovery import Discover
from tests.unit.work.test_discovery import discover as discover


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(text)


def test_kinds_in_a_folder_that_is_no_package_are_found(discover: Discover, tmp_path: Path) -> None:
    """Modules that another module imports, and those in hidden folders, are left out."""
    for folder in ("images", "images/.hidden", "used"):
        write(tmp_path / "tasks" / folder, "resize", KIND.replace('"greet"', '"resize"'))
    kinds = discover(user="from tasks.used.resize import greet\n")
    assert [kind.name for kind in kinds] == ["echo", "greet", "resize"]
    assert [*map(str, unimported_kinds("tasks"))] == [
        "tasks/images/resize.py:8: is not imported, since the folder images has no __init__.py"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("from faultline.work import kind as task\n\n@task('x')\ndef x(payload, context): ...\n", 3),
        ("import faultline.work\nx = faultline.work.kind('x')(print)\n", 2),
        ("import faultline.work as w\nx = w.kind('x')(print)\n", 2),
        ("from faultline import work\nx = work.kind('x')(print)\n", 2),
        ("from faultline.work import *\nx = kind('x')(print)\n", 2),
        (f"from faultline.work import kind\nx = a{'.b()' * 500}\ny = kind('y')(x)\n", 3),
        ("# like faultline.work's\ndef kind(x): ...\nkind('x')\n", None),
        ("from faultline.work import Payload\nfrom acme import kind\nkind('x')\n", None),
        ('"""from faultline.work import kind"""\nkind(1)\n', None),
        ("from faultline.work import kind\nprint(kind)\n", None),
        ("faultline.work kind(\n", None),
        ("'\\d faultline kind'\n", None),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_only_code_that_calls_faultlines_kind_has_one(
    discover: Discover, tmp_path: Path, text: str, line: int | None
) -> None:
    write(tmp_path / "tasks" / "images", "x", text)
    discover()
    assert [each.line for each in unimported_kinds("tasks")] == ([] if line is None else [line])
