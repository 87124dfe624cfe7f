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


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("import nowhere\n", 1, "ModuleNotFoundError: No module named 'nowhere'"),
        ("\ndef (\n", 2, "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit: 3"),
        ("\nwhile True:\n    pass\n", 2, "does not finish importing in 1 s"),
        (
            KIND.replace("payload: Greet", "payload: dict"),
            8,
            "NoPayload: the first parameter of greet must be",
        ),
        ("\n" + KIND, 9, "two kinds of work are named greet; the other one is in tasks/bad.py:8"),
    ],
    ids=["missing", "syntax", "exit", "endless", "no model", "double"],
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


def test_an_unknown_kind_of_a_sound_package(discover: Discover) -> None:
    with pytest.raises(
        UnknownKind, match="no kind of work is named other; there are: echo, greet"
    ) as refused:
        discover()["other"]
    assert not isinstance(refused.value, KindUnusable)
