"""Compilation of the TypeScript in docs/clients.md with types generated from the API's document."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from infra.stages import stage

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / "tests" / "typescript"
REQUIRED = os.environ.get("FAULTLINE_NODE") == "required"
OPTIONS = {
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "Bundler",
    "lib": ["ES2022", "DOM"],
    "strict": True,
    "noEmit": True,
    "skipLibCheck": False,
    "skipDefaultLibCheck": True,  # the compiler's own declarations, which take most of its time
    "types": [],
}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project with the locked tools, the document's types, and the page's program."""
    npm = shutil.which("npm")
    if npm is None:
        if REQUIRED:
            pytest.fail("npm is required here, and is not installed")
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("typescript")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKED / name, folder)
    installed = run(folder, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
    assert installed.returncode == 0, installed.stderr
    document = client_document(stage("prod"), resolvers(), "https://api.example.com/prod")
    (folder / "faultline.json").write_text(json.dumps(document))
    command = ["faultline.json", "--default-non-nullable", "false", "--output", "faultline.d.ts"]
    generated = run(folder, "node_modules/.bin/openapi-typescript", *command)
    assert generated.returncode == 0, generated.stderr
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    page = (ROOT / "docs" / "clients.md").read_text()
    [program] = re.findall(r"```ts\n(.*?)```", page, re.DOTALL)
    (folder / "client.ts").write_text(program)
    return folder


BREAKS = (
    ("data.taskId", "data.taskID"),
    ("waitSeconds: 25", 'waitSeconds: "long"'),
    ('"EXPIRED"', '"EXPIRE"'),
    ("...task }", "...task, payload: 7 }"),
)


def test_the_program_compiles_and_what_the_api_does_not_fit_does_not(project: Path) -> None:
    """The page's program compiles, and each wrong use of the API is a compile error."""
    program = (project / "client.ts").read_text()
    for number, (before, after) in enumerate(BREAKS):
        assert before in program
        (project / f"broken{number}.ts").write_text(program.replace(before, after))
    checked = run(project, "node_modules/.bin/tsc", "--project", "tsconfig.json")
    errors = {line.partition("(")[0] for line in checked.stdout.splitlines() if ": error TS" in line}
    assert errors == {f"broken{number}.ts" for number in range(len(BREAKS))}, checked.stdout
