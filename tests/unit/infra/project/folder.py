"""A project's folder for tests."""

from pathlib import Path

KIND = """\
from faultline.work import Context, Payload, kind


class Greet(Payload):
    name: str


@kind("greet", timeout=20)
def greet(payload: Greet, context: Context) -> str:
    return f"Hello, {payload.name}!"
"""


def project(folder: Path, toml: str = "", **modules: str) -> Path:
    """Make a project with a kind `greet`, and other modules by their names."""
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    (folder / "faultline.toml").write_text('kinds = "tasks"\n' + toml)
    for name, text in {"__init__": "", "greet": KIND, **modules}.items():
        (folder / "tasks" / f"{name}.py").write_text(text)
    return folder
