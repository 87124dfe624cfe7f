"""The command as a person types it, where nothing is running."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faultline.cli.commands import COMMANDS
from faultline.cli.lazy_group import load

ROOT = Path(__file__).parents[4]
HEAVY = {"boto3", "botocore", "pydantic", "troposphere", "requests", "aws_xray_sdk", "aws_lambda_powertools"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of somebody without a sandbox."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}


def run(
    *words: str, environment: dict[str, str], root: Path = ROOT, **more: object
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "faultline.cli.main", *words]
    given = {"capture_output": True, "text": True, "timeout": 60, **more}
    return subprocess.run(command, env=environment, cwd=root, check=False, **given)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_can_be_loaded(name: str) -> None:
    """Its line in the help fits 80 columns beside the names, and it has a help of its own."""
    assert len(COMMANDS[name].help) <= 80 - 4 - max(map(len, COMMANDS))
    assert load(COMMANDS[name], name).help


def imported_by(*words: str, environment: dict[str, str]) -> set[str]:
    """The modules that a command has imported when it ends."""
    code = (
        "import atexit, json, os, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        f"sys.argv = ['faultline', *{list(words)!r}]\n"
        "from faultline.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_help_imports_next_to_nothing(environment: dict[str, str]) -> None:
    """Neither AWS's libraries nor the stack: the list of commands is at hand at once."""
    assert not imported_by("--help", environment=environment) & HEAVY


@pytest.mark.parametrize("command", ["tasks", "circuits", "redrive", "trace", "outputs", "down"])
def test_a_call_imports_only_what_it_needs(command: str, environment: dict[str, str]) -> None:
    """And nothing that only a deployment or a function does."""
    words = {"redrive": ["redrive", "x"], "trace": ["trace", "x"]}.get(command, [command])
    found = imported_by(*words, environment=environment)
    assert not found & {"troposphere", "aws_xray_sdk", "aws_lambda_powertools", "lambdas.work.kinds"}


def test_few_commands_import_the_kinds_of_work(environment: dict[str, str]) -> None:
    """Those that build the stack, or the description of its API."""
    others = COMMANDS.keys() - {
        *("up", "demo", "deploy", "verify", "openapi"),
        *("template", "costs", "permissions", "deployment-policy"),
    }
    code = (
        "import sys\n"
        "from faultline.cli.commands import COMMANDS\n"
        "from faultline.cli.lazy_group import load\n"
        f"for name in {sorted(others)}: load(COMMANDS[name], name)\n"
        "sys.exit('lambdas.work.kinds' in sys.modules)\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=False).returncode == 0
    )


def test_a_broken_kind_of_work_breaks_only_what_needs_it(environment: dict[str, str], tmp_path: Path) -> None:
    """With a syntax error in it a sandbox can be looked at and stopped."""
    for package in ("faultline", "infra", "lambdas", "sandbox"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lambdas" / "work" / "echo.py").write_text("def echo(:\n")
    down = run("down", environment=environment, root=tmp_path)
    assert (down.returncode, down.stderr) == (1, "faultline: no sandbox runs on port 4566\n")
    for name in ("outputs", "tasks", "submit"):
        helped = run(name, "--help", environment=environment, root=tmp_path)
        assert helped.returncode == 0, helped.stderr
    failed = run("template", "--stage", "dev", environment=environment, root=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.startswith("faultline: unexpected SyntaxError: ")
    assert "echo.py" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "variables", "status", "said"),
    [
        (["tasks"], {}, 1, "no sandbox runs on port 4566; to start one: faultline up"),
        (["tasks"], {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, 1, "For AWS, add --aws"),
        (["tasks"], {"AWS_ENDPOINT_URL": "localhost:4566"}, 1, "AWS_ENDPOINT_URL must be a URL"),
        (["tasks"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 1, "127.0.0.1:9"),
        (["tasks"], {"FAULTLINE_TARGET": "azure"}, 1, "FAULTLINE_TARGET is aws or sandbox"),
        (["tasks", "--aws"], {"AWS_PROFILE": "missing"}, 1, "missing"),
        (["tasks", "--aws"], {"AWS_CONFIG_FILE": "broken", "AWS_REGION": "x"}, 1, "broken"),
        (["tasks", "--aws"], {"AWS_EC2_METADATA_DISABLED": "true"}, 1, "AWS has no region"),
        (["tasks", "--stage", "production"], {}, 2, "production"),
        (["task", ""], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "'' is no task id"),
        (["cancel", "order#17"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "'order#17' is no task id"),
        (["redrive", "x/../y"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "'x/../y' is no task id"),
        (["trace", "a\nb"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "is no task id"),
        (["submit", '{"a": NaN}'], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "NaN"),
        (["submit", '{"a": 1, "a": 2}'], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "is repeated"),
        (["submit", "{"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "PAYLOAD is not JSON"),
        (["up"], {"XDG_STATE_HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"}, 1, "/proc/nowhere"),
        (["down"], {"XDG_STATE_HOME": "/dev/null"}, 1, "no sandbox runs"),
        (["nonsense"], {}, 2, "nonsense"),
        (["circuits"], {"LOG_LEVEL": ""}, 1, "no sandbox runs"),
        (["circuits"], {"LOG_LEVEL": "loud"}, 1, "no sandbox runs"),
        (["openapi"], {"LOG_LEVEL": "loud"}, 1, "faultline: LOG_LEVEL is 'loud'; it can be DEBUG, INFO, "),
        (["openapi"], {"LOG_LEVEL": "INFO "}, 1, "LOG_LEVEL is 'INFO '"),
        (["template"], {"POWERTOOLS_LOG_LEVEL": "x", "LOG_LEVEL": "INFO"}, 1, "POWERTOOLS_LOG_LEVEL is 'x'"),
        (["circuits"], {"INDEX_SHARDS": ""}, 1, "no sandbox runs"),
        (["circuits"], {"STAGE": "", "REGION": "", "AWS_PROFILE": ""}, 1, "no sandbox runs"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_is_one_line(
    words: list[str],
    variables: dict[str, str],
    status: int,
    said: str,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """It says what to do, and is no traceback."""
    (tmp_path / "broken").write_text("[nonsense\nx")
    variables = {
        name: str(tmp_path / "broken") if value == "broken" else value for name, value in variables.items()
    }
    done = run(*words, environment=environment | variables)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if not line.endswith(" ...")]) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("words", [["--help"], ["permissions"]])
def test_an_output_that_takes_nothing(words: list[str], environment: dict[str, str]) -> None:
    """A full disk is told of in one line, and a closed output, too."""
    with Path("/dev/full").open("w") as full:
        done = run(*words, environment=environment, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "faultline: No space left on device\n")
    closed = subprocess.run(
        ["bash", "-c", f"exec {sys.executable} -m faultline.cli.main {' '.join(words)} >&-"],
        env=environment,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (closed.returncode, closed.stderr) == (1, "faultline: standard output is closed\n")


def test_a_broken_error_is_shown_whole_when_asked(environment: dict[str, str]) -> None:
    """For whoever mends Faultline."""
    done = run("tasks", environment=environment | {"FAULTLINE_DEBUG": "1"})
    assert done.stderr.startswith("Traceback")
