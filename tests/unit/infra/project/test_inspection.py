"""Inspection of a project's kinds in a process of its own, which contains any failure of a module."""

import site
from pathlib import Path

import pytest

from infra.deploy.installation import for_kinds
from infra.deploy.packaging import PACKAGE
from infra.errors import InvalidProject
from infra.project import inspection
from infra.project.inspection import Roots, project_kinds
from infra.project.project import read
from lambdas.work.registry import Registry
from tests.unit.infra.project.folder import KIND, project


def kinds_of(folder: Path, toml: str = "", *, handlers: bool = False, **modules: str) -> Registry:
    made = read(project(folder, toml, **modules))
    packages = {"lambdas": PACKAGE, "faultline": for_kinds(folder / "cache"), "tasks": made.package}
    roots = Roots(packages=packages, libraries=tuple(map(Path, site.getsitepackages())))
    return project_kinds(made, roots, handlers=handlers)


def test_kinds_are_described(tmp_path: Path) -> None:
    found = kinds_of(tmp_path, handlers=True, noisy="print('a module may print')\n")
    assert [each.name for each in found] == ["echo", "http.request", "greet"]
    assert found["greet"].timeout == 20
    assert found["greet"].payload.model_json_schema()["required"] == ["name"]


def test_a_module_may_read_its_environment(tmp_path: Path) -> None:
    text = "import os\nAT = os.environ['STAGE'], os.environ['BUCKET'], os.environ['AWS_REGION']\n"
    kinds_of(tmp_path, '[environment]\nBUCKET = "mine"\n', settings=text)


@pytest.mark.parametrize(
    ("text", "line", "traceback"),
    [
        (
            "\nimport nowhere\n",
            "tasks/bad.py:2: ModuleNotFoundError: No module named 'nowhere'; if it is a library, add it to ",
            'tasks/bad.py", line 2, in <module>\n    import nowhere\n',
        ),
        (
            "import faultline.client\n",
            "tasks/bad.py:1: ModuleNotFoundError: No module named 'faultline.client'; "
            "kinds of work may import faultline.work only",
            "",
        ),
        (
            "import beside\n",
            "tasks/bad.py:1: ModuleNotFoundError: No module named 'beside'; move it into ",
            "",
        ),
        ("import json\njson.loads('{')\n", "tasks/bad.py:2: JSONDecodeError: ", 'json/decoder.py", line '),
        ("def (:\n", "tasks/bad.py:1: SyntaxError: invalid syntax", ""),
        (
            KIND.replace("payload: Greet", "payload: dict"),
            "tasks/bad.py:8: InvalidKind: the first parameter of greet must be annotated with a model of its "
            "payload, a subclass of Payload, and not with dict",
            'bad.py", line 8, in <module>',
        ),
        (
            KIND.replace("name: str", 'name: "Decimal"').replace('"greet"', '"bad"'),
            "tasks/bad.py:8: the payload of bad cannot be used: name 'Decimal' is not defined",
            "",
        ),
        (
            "from collections.abc import Callable\n"
            + KIND.replace("name: str", "name: Callable[[], int]").replace('"greet"', '"bad"'),
            "tasks/bad.py:9: bad cannot be described: Cannot generate a JsonSchema for ",
            "",
        ),
        (
            "import os\nprint('hello')\nos.abort()\n",
            "tasks/bad.py:3: cannot be imported: Fatal Python error",
            "",
        ),
        (KIND, "tasks/greet.py:8: two kinds of work are named greet; the other one is in tasks/bad.py:8", ""),
        (
            "import os\nos._exit(3)\n",
            "tasks/__init__.py:1: cannot be imported: the process ends with status 3",
            "",
        ),
        ("import os\nos.abort()\n", "tasks/bad.py:2: cannot be imported: Fatal Python error: Aborted", ""),
    ],
    ids=[
        "missing",
        "of faultline",
        "beside",
        "in a library",
        "syntax",
        "no model",
        "undefined type",
        "no schema",
        "prints and crashes",
        "double",
        "ends",
        "crashes",
    ],
)
def test_a_module_that_cannot_be_imported_is_one_line(
    tmp_path: Path, text: str, line: str, traceback: str
) -> None:
    """A bad module is refused in one line with file and line; a traceback, if any, starts in the project."""
    (tmp_path / "beside.py").touch()
    with pytest.raises(InvalidProject) as refused:
        kinds_of(tmp_path, bad=text)
    assert str(refused.value).startswith(f"{tmp_path}/{line}")
    assert "\n" not in str(refused.value)
    assert traceback in refused.value.traceback
    if traceback:
        assert refused.value.traceback.startswith(f'  File "{tmp_path}/tasks/')


def test_a_kind_that_is_never_imported_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tasks" / "images").mkdir(parents=True)
    (tmp_path / "tasks" / "images" / "resize.py").write_text(KIND)
    with pytest.raises(InvalidProject) as refused:
        kinds_of(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}/tasks/images/resize.py:8: is not imported, since the folder images has no __init__.py"
    )


def test_a_module_that_never_finishes_is_one_line_though_it_catches_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "_MAX_SECONDS", 3)
    text = (
        "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException:\n        pass\n"
    )
    with pytest.raises(InvalidProject) as refused:
        kinds_of(tmp_path, bad=text)
    assert str(refused.value) == f"{tmp_path}/tasks/bad.py:4: does not finish importing in 3 s"


def test_an_exception_of_the_process_is_its_first_line(tmp_path: Path) -> None:
    """The place is its last frame. What follows its first line, such as the address of a page, is omitted."""
    text = (
        "import os, sys, traceback\n"
        "try:\n    raise ValueError('the reason\\n\\nFor further information visit https://a.example')\n"
        "except ValueError:\n    traceback.print_exc()\n    sys.stderr.flush()\n    os._exit(1)\n"
    )
    with pytest.raises(InvalidProject) as refused:
        kinds_of(tmp_path, bad=text)
    assert str(refused.value) == f"{tmp_path}/tasks/bad.py:3: cannot be imported: ValueError: the reason"
