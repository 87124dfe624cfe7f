"""The command from a shell, with no sandbox running."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from faultline.cli.commands import COMMANDS
from faultline.cli.lazy_group import load
from faultline.cli.main import main
from tests.unit.programs import ROOT, Ended, Programs

NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
OUTDATED = {
    **{f"AWS_{name}": "a" for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "REGION")},
    "AWS_CREDENTIAL_EXPIRATION": "2026-01-31T12:00:00Z",
}
FILTERS = (
    *("--type", "--category", "--error-type", "--reason", "--ordering-key", "--reference", "--tag"),
    *("--submitted-after", "--submitted-before", "--died-after", "--died-before"),
)
HEAVY = {"boto3", "botocore", "pydantic", "troposphere", "requests", "aws_xray_sdk", "aws_lambda_powertools"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a user without a sandbox."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}


type Called = Callable[[list[str], dict[str, str]], Ended]


@dataclass(frozen=True)
class Command:
    """The command, each time in a process of its own."""

    programs: Programs
    environment: dict[str, str]

    def run(self, *words: str, variables: dict[str, str] | None = None, folder: Path = ROOT) -> Ended:
        return self.programs.run(code(*words), self.environment | (variables or {}), folder)


def code(*words: str) -> str:
    return f"import sys\nsys.argv[1:] = {list(words)!r}\nfrom faultline.cli.main import main\nmain()\n"


@pytest.fixture
def command(programs: Programs, environment: dict[str, str]) -> Command:
    return Command(programs, environment)


@pytest.fixture
def called_here(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Called:
    """Return a function that runs the command in this process.

    In variables `broken` is the path of a file that is no configuration, and in words `@null` names a file
    that contains null.
    """
    (tmp_path / "broken").write_text("[nonsense\nx")
    (tmp_path / "null").write_text("null\n")

    def run(words: list[str], variables: dict[str, str]) -> Ended:
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in (environment | variables).items():
            monkeypatch.setenv(name, str(tmp_path / "broken") if value == "broken" else value)
        here = [f"@{tmp_path / 'null'}" if word == "@null" else word for word in words]
        monkeypatch.setattr(sys, "argv", ["faultline", *here])
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
        with pytest.raises(SystemExit) as ended:
            main()
        stdout, stderr = capfd.readouterr()
        return Ended(int(str(ended.value.code)), stdout, stderr)

    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_can_be_loaded(name: str) -> None:
    """Each command has a help page, and a summary that fits into 80 columns beside the names."""
    assert len(COMMANDS[name].help) <= 80 - 4 - max(map(len, COMMANDS))
    assert load(COMMANDS[name], name).help


# Prints the modules that are loaded when the program ends.
TOLD = (
    "import atexit, json, sys\n"
    "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
)


def imported(stderr: str) -> set[str]:
    return set(json.loads(stderr.splitlines()[-1]))


def test_the_version_is_that_of_the_distribution(command: Command) -> None:
    assert command.run("--version").stdout == f"faultline {version('faultline')}\n"


def test_help_imports_next_to_nothing(environment: dict[str, str]) -> None:
    """The list of commands imports neither AWS's libraries nor the stack, and so appears at once."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD + code("--help")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert not imported(done.stderr) & HEAVY


@pytest.mark.parametrize(
    "words",
    [["tasks"], ["circuits"], ["redrive", "x"], ["trace", "x"], ["outputs"], ["down"]],
    ids=lambda words: words[0],
)
def test_a_call_imports_only_what_it_needs(
    words: list[str], programs: Programs, environment: dict[str, str]
) -> None:
    """Commands for a running stage import nothing that only a deployment or a function needs."""
    needless = {"troposphere", "aws_xray_sdk", "aws_lambda_powertools", "lambdas.work.kinds"}
    assert not imported(programs.run(TOLD + code(*words), environment).stderr) & needless


def test_few_commands_import_the_kinds_of_work(programs: Programs, environment: dict[str, str]) -> None:
    """Only commands that build the stack or the API's description import the kinds of work."""
    others = COMMANDS.keys() - {
        *("up", "demo", "deploy", "verify", "openapi"),
        *("template", "costs", "permissions", "deployment-policy", "lock", "test"),
    }
    program = (
        "import sys\n"
        "from faultline.cli.commands import COMMANDS\n"
        "from faultline.cli.lazy_group import load\n"
        f"for name in {sorted(others)}: load(COMMANDS[name], name)\n"
        "sys.exit('lambdas.work.kinds' in sys.modules)\n"
    )
    assert programs.run(program, environment).returncode == 0


def test_a_broken_kind_of_work_breaks_only_what_needs_it(command: Command, tmp_path: Path) -> None:
    """A sandbox can be inspected and stopped while a kind has a syntax error."""
    for package in ("faultline", "infra", "lambdas", "sandbox"):
        shutil.copytree(ROOT / package, tmp_path / package)
    (tmp_path / "lambdas" / "work" / "echo.py").write_text("def echo(:\n")
    down = command.run("down", folder=tmp_path)
    assert (down.returncode, down.stderr) == (1, "faultline: no sandbox runs on port 4566\n")
    for name in ("outputs", "tasks", "submit"):
        helped = command.run(name, "--help", folder=tmp_path)
        assert helped.returncode == 0, helped.stderr
    failed = command.run("template", "--stage", "dev", folder=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.startswith("faultline: unexpected SyntaxError: ")
    assert "echo.py" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "variables", "status", "said"),
    [
        (["tasks"], {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, 1, "For AWS, add --aws"),
        (["tasks"], {"AWS_ENDPOINT_URL": "localhost:4566"}, 1, "AWS_ENDPOINT_URL must be a URL"),
        (["tasks"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 1, "127.0.0.1:9"),
        (["reset", "--port", "4567"], NOWHERE, 1, "to start one: faultline up --port 4567. For AWS"),
        (["console", "--sandbox-port", "4567"], NOWHERE, 1, "no sandbox runs on port 4567"),
        (["tasks", "--port=4567"], {"FAULTLINE_TARGET": "aws"}, 1, "no sandbox runs on port 4567"),
        (["demo"], {**NOWHERE, "FAULTLINE_TARGET": "aws"}, 1, "127.0.0.1:9"),
        (["demo", "--console"], {**NOWHERE, "FAULTLINE_TARGET": "aws"}, 1, "127.0.0.1:9"),
        (["tasks"], {"FAULTLINE_TARGET": "azure"}, 1, "FAULTLINE_TARGET must be aws or sandbox"),
        (["tasks", "--aws"], {"AWS_PROFILE": "missing"}, 1, "missing"),
        (["tasks", "--aws"], {"AWS_CONFIG_FILE": "broken", "AWS_REGION": "x"}, 1, "broken"),
        (["tasks", "--aws"], {"AWS_EC2_METADATA_DISABLED": "true"}, 1, "no region is set for AWS"),
        (["tasks", "--aws", "--stage", "dev"], OUTDATED, 1, "AWS credentials of this process have expired"),
        (["tasks", "--stage", "production"], {}, 2, "production"),
        (["task", ""], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "'' is not a task id"),
        (["cancel", "order#17"], NOWHERE, 2, "'order#17' is not a task id"),
        (["redrive", "x/../y"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "'x/../y' is not a task id"),
        (["trace", "a\nb"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "is not a task id"),
        (["submit", '{"a": NaN}'], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "NaN"),
        (["submit", '{"a": 1, "a": 2}'], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "is repeated"),
        (["submit", "{"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 2, "PAYLOAD is not JSON"),
        (["submit", "--file", "/dev/stdin"], NOWHERE, 2, "/dev/stdin is not a regular file: add --name"),
        (["console", "--listen-in-container", "--port", "0"], NOWHERE, 1, "FAULTLINE_CONSOLE_PORT is 0"),
        (["down"], {"XDG_STATE_HOME": "/dev/null"}, 1, "no sandbox runs"),
        (["nonsense"], {}, 2, "nonsense"),
        (["circuits"], {"STAGE": "", "REGION": "", "AWS_PROFILE": ""}, 1, "no sandbox runs"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_is_one_line(
    words: list[str],
    variables: dict[str, str],
    status: int,
    said: str,
    called_here: Called,
) -> None:
    """Wrong usage and a missing or broken target are reported in one line instead of a traceback.

    The command runs in this process; the tests below show what a process of its own adds.
    """
    is_one_line(called_here(words, variables), status, said)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        *[(name, option) for name in ("cancel", "redrive", "tasks") for option in FILTERS],
        *[("cancel", "--status"), ("tasks", "--status"), ("tasks", "--text")],
    ],
)
def test_an_empty_filter_is_refused_without_a_call(name: str, option: str, called_here: Called) -> None:
    """An option that is ignored because its value is an unset variable would select too many tasks."""
    is_one_line(called_here([name, "--tag", "a", option, ""], NOWHERE), 2, f"'{option}': ")


@pytest.mark.parametrize("value", ["null", "@null", "[1]", '"a"'])
@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["redrive", "t", "--payload"], "--payload"),
        (["redrive", "--all", "--payload-patch"], "--payload-patch"),
        (["submit"], "PAYLOAD"),
        (["submit", "--simulate"], "--simulate"),
    ],
)
def test_an_argument_that_is_no_object_is_refused_without_a_call(
    words: list[str], option: str, value: str, called_here: Called
) -> None:
    """In a request, null would mean that nothing was given, such as no correction."""
    is_one_line(called_here([*words, value], NOWHERE), 2, f"{option} is not a JSON object")


@pytest.mark.parametrize(
    ("words", "variables", "status", "said"),
    [
        (["tasks"], {}, 1, "no sandbox runs on port 4566; to start one: faultline up"),
        (["up"], {"XDG_STATE_HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"}, 1, "/proc/nowhere"),
        (["circuits"], {"LOG_LEVEL": ""}, 1, "no sandbox runs"),
        (["circuits"], {"LOG_LEVEL": "loud"}, 1, "no sandbox runs"),
        (["openapi"], {"LOG_LEVEL": "loud"}, 1, "faultline: LOG_LEVEL is 'loud'; it can be DEBUG, INFO, "),
        (["openapi"], {"LOG_LEVEL": "INFO "}, 1, "LOG_LEVEL is 'INFO '"),
        (["template"], {"POWERTOOLS_LOG_LEVEL": "x", "LOG_LEVEL": "INFO"}, 1, "POWERTOOLS_LOG_LEVEL is 'x'"),
        (["circuits"], {"INDEX_SHARDS": ""}, 1, "no sandbox runs"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_when_modules_are_imported_is_one_line(
    words: list[str], variables: dict[str, str], status: int, said: str, command: Command
) -> None:
    """A setting that breaks an import is reported in one line, or does not matter to the command."""
    is_one_line(command.run(*words, variables=variables), status, said)


def is_one_line(done: Ended, status: int, said: str) -> None:
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if not line.endswith(" ...")]) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("words", [["--help"], ["permissions"]])
def test_an_output_that_takes_nothing(words: list[str], environment: dict[str, str]) -> None:
    """A full disk or a closed output is reported in one line."""
    for where, said in ((">/dev/full", "No space left on device"), (">&-", "standard output is closed")):
        done = subprocess.run(
            ["bash", "-c", f"exec {sys.executable} -m faultline.cli.main {' '.join(words)} {where}"],
            env=environment,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, f"faultline: {said}\n")


def test_a_broken_error_is_shown_whole_when_asked(command: Command) -> None:
    """With FAULTLINE_DEBUG=1, the traceback of an error is printed."""
    done = command.run("tasks", variables={"FAULTLINE_DEBUG": "1"})
    assert done.stderr.startswith("Traceback")
