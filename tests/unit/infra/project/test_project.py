"""A project's `faultline.toml`: found, read, or refused in one line with the file and line number."""

from pathlib import Path

import pytest

from infra.errors import InvalidProject
from infra.project.local_secrets import local_values
from infra.project.project import find, read
from infra.stack.permission_table import permission_table
from infra.stack.project import KINDS
from infra.stages import stage
from tests.unit.infra.project.folder import project

WHOLE = """
[stages.dev]
memory_mb = 256
critical_categories = ["NETWORK"]
[stages.dev.thresholds]
failed_percent = 30

[[permissions]]
actions = ["s3:PutObject"]
resources = ["arn:{partition}:s3:::thumbs-{stage}-{account}/*"]
reason = "each task has an object"

[secrets]
STRIPE_KEY = "ssm:/my/{stage}/stripe"
OTHER = "secretsmanager:other"
"""


def test_it_is_found_upwards(tmp_path: Path) -> None:
    project(tmp_path / "mine")
    (tmp_path / "mine" / "a" / "b").mkdir(parents=True)
    found = find(tmp_path / "mine" / "a" / "b")
    assert found is not None
    assert found.folder == tmp_path / "mine"
    assert find(tmp_path) is None


def test_a_stage_is_as_the_project_changes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = stage("dev")
    monkeypatch.chdir(project(tmp_path, WHOLE))
    changed = stage("dev")
    assert changed.memory_mb == 256
    assert changed.critical_categories == ("NETWORK",)
    assert changed.thresholds.failed_percent == 30
    assert changed.thresholds.task_age_seconds == own.thresholds.task_age_seconds
    assert stage("test").memory_mb == own.memory_mb


def test_its_kinds_may_do_what_it_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's permissions are given to process_task alone."""
    before = permission_table(stage("dev"))
    monkeypatch.chdir(project(tmp_path, WHOLE))
    added = [row for row in permission_table(stage("dev")) if row.used is KINDS]
    assert {(row.function, row.action, row.resource) for row in added} == {
        ("process_task", "s3:PutObject", "arn:{partition}:s3:::thumbs-dev-{account}/*"),
        (
            "process_task",
            "ssm:GetParameter",
            "arn:{partition}:ssm:{region}:{account}:parameter/my/dev/stripe",
        ),
        (
            "process_task",
            "secretsmanager:GetSecretValue",
            "arn:{partition}:secretsmanager:{region}:{account}:secret:other-??????",
        ),
    }
    assert [row for row in permission_table(stage("dev")) if row.used is not KINDS] == before


@pytest.mark.parametrize(
    ("toml", "line", "reason"),
    [
        ("kind = 1\n", 2, "unknown key 'kind'; there are kinds, environment, stages, permissions, secrets"),
        ("x = \n", 2, "Invalid value"),
        (
            "[stages.dev]\n\nmemory = 256\n",
            4,
            "unknown setting 'memory' of stages.dev; did you mean memory_mb?",
        ),
        ("[stages.dev]\nmemory_mb = 64\n", 3, "stage dev: memory_mb must be at least 128"),
        ("[stages.prod]\nfailure_rate = 0.5\n", 3, "failure_rate is for dev and test only"),
        ("[stages.dev.thresholds]\nno = 1\n", 3, "unknown setting 'no' of stages.dev.thresholds"),
        ("[stages.dev]\nproject = 1\n", 3, "unknown setting 'project'"),
        ("[stages.qa]\nmemory_mb = 256\n", 2, "unknown stage 'qa'; stages are dev, test, staging, prod"),
        (
            '[[permissions]]\nactions = ["s3:*"]\nresources = ["arn:aws:s3:::b"]\n',
            3,
            "s3:* has a wildcard; add a",
        ),
        ('[[permissions]]\nactions = ["s3:Get"]\nresources = ["*"]\n', 4, "* has a wildcard; add a reason"),
        ('[[permissions]]\nactions = ["s3:Get"]\n', 2, "a permission needs resources, a list of strings"),
        ('[[permissions]]\nactions = ["get"]\nresources = ["arn:b"]\n', 3, "'get' is not an IAM action"),
        ('[[permissions]]\nactions = ["s3:Get"]\nresources = ["arn:{x}"]\n', 4, "unknown {x} in a resource"),
        ('[[permissions]]\nactions = ["s3:Get"]\nresources = ["arn:b"]\nwhy = "x"\n', 5, "unknown key 'why'"),
        ("[permissions]\nactions = 1\n", 2, "permissions must be tables: [[permissions]]"),
        ('[secrets]\nA = "ssm:/a"\nB = "sk_live_1"\n', 4, "secret B must be a string such as ssm:"),
    ],
)
def test_what_is_wrong_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, line: int, reason: str
) -> None:
    monkeypatch.chdir(project(tmp_path, toml))
    with pytest.raises(InvalidProject) as refused:
        _ = [stage(name) for name in ("dev", "prod")]
    assert str(refused.value).startswith(f"{tmp_path}/faultline.toml:{line}: ")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_second_permission_has_lines_of_its_own(tmp_path: Path) -> None:
    good = '[[permissions]]\nactions = ["s3:Get"]\nresources = ["arn:b"]\n'
    project(tmp_path, good + "\n" + good.replace("arn:b", "b"))
    with pytest.raises(InvalidProject, match=r"faultline\.toml:8: 'b' is not an ARN"):
        read(tmp_path)


@pytest.mark.parametrize("kinds", ["nothing", "lambdas", "a.b", "../x", ""])
def test_the_kinds_are_a_package_of_the_project(tmp_path: Path, kinds: str) -> None:
    (project(tmp_path) / "faultline.toml").write_text(f'\nkinds = "{kinds}"\n')
    with pytest.raises(InvalidProject, match=r"faultline\.toml:2: "):
        read(tmp_path)


def test_local_secrets_are_lines(tmp_path: Path) -> None:
    """`.env.local` has NAME=value lines; an invalid one is not quoted, because it may be a secret."""
    path = tmp_path / ".env.local"
    path.write_text("# mine\n\nA=1\nexport B = 'two words'\nC=\n")
    assert local_values(path) == {"A": "1", "B": "two words", "C": ""}
    path.write_text("A=1\nhunter2hunter2\n")
    with pytest.raises(InvalidProject) as refused:
        local_values(path)
    assert str(refused.value) == f"{path}:2: must be NAME=value"
