"""Discovery of the kinds in a package, with and without bad modules."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambdas.work import discovery
from lambdas.work.discovery import discovered
from lambdas.work.echo import echo
from lambdas.work.registry import KindUnusable, Registry, UnknownKind
from tests.unit.infra.project.folder import KIND, project

type Discover = Callable[..., Registry]


@pytest.fixture
def discover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Discover]:
    """Discover the kinds of a package that has `greet` and the given modules."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def found(**modules: str) -> Registry:
        project(tmp_path, **modules)
        return discovered("tasks", [echo])

    yield found
    for name in [name for name in sys.modules if name.partition(".")[0] == "tasks"]:
        del sys.modules[name]


def test_all_modules_are_searched(discover: Discover) -> None:
    kinds = discover(again="from tasks.greet import greet\n")
    assert [kind.name for kind in kinds] == ["echo", "greet"]
    assert kinds.unusable == ()
    assert kinds["greet"].timeout == 20


def test_a_kind_is_found_wherever_it_has_a_name(discover: Discover, tmp_path: Path) -> None:
    """A package's kinds may be imported from a library, made from its functions, or have two names."""
    (tmp_path / "acme_kinds.py").write_text(KIND.replace('"greet"', '"acme"'))
    kinds = discover(
        own="from acme_kinds import greet as work\nfrom faultline.work import kind\n"
        'resize = again = kind("own")(work.perform)\n'
    )
    assert kinds.unusable == ()
    assert [kind.name for kind in kinds] == ["echo", "greet", "acme", "own"]


def test_a_type_that_follows_its_kind_is_known_in_the_end(discover: Discover) -> None:
    later = "\n\nclass Size(Payload):\n    width: int\n"
    kinds = discover(greet=KIND.replace("name: str", 'name: "Size"').replace("{payload.name}", "") + later)
    assert kinds.unusable == ()
    assert kinds["greet"].payload.model_validate({"name": {"width": 1}})


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("import nowhere\n", 1, "ModuleNotFoundError: No module named 'nowhere'"),
        ("\ndef (\n", 2, "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
        ("import time\nwhile True:\n    time.sleep(9)\n", 2, "does not finish importing in 1 s"),
        (
            KIND.replace("payload: Greet", "payload: dict"),
            8,
            "InvalidKind: the first parameter of greet must be",
        ),
        (KIND.replace("def greet", "async def greet"), 8, "InvalidKind: greet must be an ordinary function"),
        (KIND.replace('"greet"', '"greet it"'), 8, "InvalidKind: the name of a kind must be 1 to 64 letters"),
        (
            KIND.replace("timeout=20", "retry=3"),
            8,
            "InvalidKind: retry of greet must be a RetryPolicy, not 3",
        ),
        (
            KIND.replace("name: str", 'name: "Size"').replace('"greet"', '"bad"'),
            8,
            "the payload of bad cannot be used: name 'Size' is not defined",
        ),
        ("\n" + KIND, 9, "two kinds of work are named greet; the other one is in tasks/bad.py:8"),
    ],
    ids=["missing", "syntax", "exit", "endless", "no model", "async", "name", "retry", "type", "double"],
)
def test_a_bad_module_takes_nothing_from_the_others(
    discover: Discover, monkeypatch: pytest.MonkeyPatch, text: str, line: int, reason: str
) -> None:
    if reason.startswith("does not finish"):
        monkeypatch.setattr(discovery, "MAX_IMPORT_SECONDS", 1)
    double = reason.startswith("two kinds")
    kinds = discover(**({"bad": KIND, "greet": text} if double else {"bad": text}))
    assert [kind.name for kind in kinds] == ["echo", "greet"]
    [unusable] = kinds.unusable
    name = "greet" if double else "bad"
    found = str(unusable)
    assert found.startswith(f"tasks/{name}.py:{line}: {reason}") or (
        line == 2 and found.startswith(f"tasks/{name}.py:3: {reason}")
    )
    with pytest.raises(KindUnusable, match=name):
        kinds["other"]


def test_a_subpackage_that_exits_is_reported_once(discover: Discover, tmp_path: Path) -> None:
    bad = tmp_path / "tasks" / "bad"
    bad.mkdir(parents=True)
    (bad / "__init__.py").write_text("import sys\nsys.exit(3)\n")
    kinds = discover()
    assert [*map(str, kinds.unusable)] == ["tasks/bad/__init__.py:2: SystemExit: 3"]
    assert [kind.name for kind in kinds] == ["echo", "greet"]


def test_programs_of_a_package_are_not_run(discover: Discover, tmp_path: Path) -> None:
    """`__main__` is a program, and so may be any file in a folder without an `__init__.py`."""
    (tmp_path / "tasks" / "bin").mkdir(parents=True)
    (tmp_path / "tasks" / "bin" / "program.py").write_text("1 / 0\n")
    kinds = discover(__main__="1 / 0\n")
    assert kinds.unusable == ()


def test_a_function_does_not_search_folders_that_are_no_packages(discover: Discover, tmp_path: Path) -> None:
    """They may have thousands of files, and a name that a client misspells is not the project's fault."""
    (tmp_path / "tasks" / "images").mkdir(parents=True)
    (tmp_path / "tasks" / "images" / "resize.py").write_text(KIND)
    with pytest.raises(UnknownKind) as refused:
        discover()["other"]
    assert not isinstance(refused.value, KindUnusable)


def test_an_unknown_kind_of_a_sound_package(discover: Discover) -> None:
    with pytest.raises(
        UnknownKind, match="no kind of work is named other; there are: echo, greet"
    ) as refused:
        discover()["other"]
    assert not isinstance(refused.value, KindUnusable)
