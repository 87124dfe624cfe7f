"""Environment variables that a project sets for its kinds of work."""

from pathlib import Path
from typing import Any

import pytest

from infra.api.openapi import Resolvers
from infra.errors import InvalidProject, InvalidStage
from infra.project.environment import environment_of
from infra.project.toml_file import TomlFile
from infra.stages import STAGES, stage
from infra.template import template
from tests.unit.infra.project.folder import project
from tests.unit.infra.rendered import CODE, of_type

BOTH = """
[environment]
API_URL = "https://sandbox.example.com"
CURRENCY = "EUR"
[stages.prod]
memory_mb = 1024
[stages.prod.environment]
API_URL = "https://api.example.com"
"""


def variables(name: str, apis: Resolvers) -> dict[str, dict[str, Any]]:
    """Return the variables of a stage's functions, by the functions' names."""
    functions = of_type(template(stage(name), CODE, apis).to_dict(), "AWS::Lambda::Function").values()
    return {each["FunctionName"]: each["Environment"]["Variables"] for each in functions}


def test_functions_that_import_kinds_have_the_variables_of_their_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Resolvers
) -> None:
    monkeypatch.chdir(project(tmp_path, BOTH))
    assert stage("prod").memory_mb == 1024
    for name, url in {"dev": "https://sandbox.example.com", "prod": "https://api.example.com"}.items():
        found = variables(name, apis)
        has = {function: (own.get("API_URL"), own.get("CURRENCY")) for function, own in found.items()}
        assert has == {
            f"faultline-{name}-submit-task": (url, "EUR"),
            f"faultline-{name}-manage-tasks": (url, "EUR"),
            f"faultline-{name}-process-task": (url, "EUR"),
            f"faultline-{name}-monitor-dlq": (None, None),
            f"faultline-{name}-release-tasks": (None, None),
        }


def test_no_variable_of_the_functions_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Resolvers
) -> None:
    """Each variable that Faultline gives a function, in any stage, is refused in a project."""
    monkeypatch.chdir(project(tmp_path, '[secrets]\nKEY = "ssm:/key"\n'))
    names = {each for name in STAGES for own in variables(name, apis).values() for each in own}
    assert {"STAGE", "SECRETS", "KINDS_PACKAGE", "CORS_ORIGINS"} <= names
    file = TomlFile(tmp_path / "faultline.toml")
    for each in names:
        with pytest.raises(InvalidProject, match=f"{each} is set by Faultline or Lambda"):
            environment_of(file, {each: "mine"}, "environment")


@pytest.mark.parametrize(
    ("toml", "line", "reason"),
    [
        ('[environment]\nA_B = "1"\nSTAGE = "x"\n', 4, "STAGE is set by Faultline or Lambda; choose another"),
        ('[environment]\nAWS_RETRY_MODE = "x"\n', 3, "AWS_RETRY_MODE is set by Faultline or Lambda"),
        ('[environment]\nLAMBDA_TASK_ROOT = "x"\n', 3, "LAMBDA_TASK_ROOT is set by Faultline or Lambda"),
        ('[environment]\nPYTHONPATH = "x"\n', 3, "PYTHONPATH is set by Faultline or Lambda"),
        ('[environment]\nPATH = "x"\n', 3, "PATH is set by Faultline or Lambda"),
        ('[environment]\n"A-B" = "x"\n', 3, "'A-B' cannot be the name of an environment variable"),
        ('[environment]\n_A = "x"\n', 3, "'_A' cannot be the name of an environment variable"),
        ("[environment]\nRETRIES = 3\n", 3, "the value of RETRIES must be a string, in quotes"),
        ('[environment]\nNUL = "\\u0000"\n', 3, "the value of NUL must be a string, in quotes"),
        ("environment = 1\n", 2, "environment must be a table"),
        ("[stages.prod.environment]\nA_B = true\n", 3, "the value of A_B must be a string, in quotes"),
        ("[stages.prod]\nenvironment = 1\n", 3, "stages.prod.environment must be a table"),
    ],
)
def test_a_bad_variable_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, line: int, reason: str
) -> None:
    monkeypatch.chdir(project(tmp_path, toml))
    with pytest.raises(InvalidProject) as refused:
        stage("dev")
    assert str(refused.value).startswith(f"{tmp_path}/faultline.toml:{line}: {reason}")
    assert "\n" not in str(refused.value)


def test_similar_names_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"LDAP_HOST": "x", "AWSLIKE": "x", "PYTHON_SERVICE_URL": "x", "MY_PATH": "x", "lower": "x"}
    lines = "".join(f'{name} = "{value}"\n' for name, value in given.items())
    monkeypatch.chdir(project(tmp_path, f"[environment]\n{lines}"))
    found = stage("dev").project
    assert found is not None
    assert found.environment == given


def test_more_variables_than_lambda_accepts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Resolvers
) -> None:
    monkeypatch.chdir(project(tmp_path, f'[environment]\nTEXT = "{"x" * 2000}"\n'))
    variables("prod", apis)
    monkeypatch.chdir(project(tmp_path, f'[environment]\nTEXT = "{"x" * 4000}"\n'))
    with pytest.raises(
        InvalidStage, match=r"stage prod: the environment variables of submit_task have \d+ bytes, and Lambda"
    ):
        variables("prod", apis)
