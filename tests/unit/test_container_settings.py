"""The container's settings from its environment, and the errors for invalid ones."""

from pathlib import Path

import pytest

from infra.stages import stage
from sandbox.container.main import link
from sandbox.container.settings import ContainerSettings, InvalidSetting
from tests.unit.infra.project.folder import project


def test_without_anything_set_it_is_the_default_stage() -> None:
    """Empty variables count as not set, because Compose sets those without a value to an empty text."""
    settings = ContainerSettings.read(
        {"STAGE": "", "FAILURE_RATE": "", "LOG_LEVEL": "", "FAULTLINE_PORT": ""}
    )
    assert settings == ContainerSettings.read({})
    assert (settings.stage.name, settings.failure_rate, settings.port) == ("dev", None, 4566)


def test_what_is_set_changes_the_stage() -> None:
    """The environment sets the stage, its failure rate and log level, and the port.

    The rate is not in the template, so that a deployment in the container keeps it.
    """
    settings = ContainerSettings.read(
        {"STAGE": "test", "FAILURE_RATE": "0.25", "LOG_LEVEL": "WARNING", "FAULTLINE_PORT": "14566"}
    )
    found = settings.stage
    assert (found.name, settings.failure_rate, found.log_level) == ("test", 0.25, "WARNING")
    assert found.failure_rate == stage("test").failure_rate
    assert settings.port == 14566


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"STAGE": "nope"}, "unknown stage 'nope'; stages are dev, test, staging, prod"),
        ({"FAILURE_RATE": "often"}, "FAILURE_RATE is 'often', which is not a number"),
        ({"FAILURE_RATE": "-1"}, "stage dev: failure_rate is for dev and test only, and from 0 to 1"),
        ({"FAILURE_RATE": "nan"}, "stage dev: failure_rate is for dev and test only, and from 0 to 1"),
        (
            {"STAGE": "prod", "FAILURE_RATE": "0.1"},
            "stage prod: failure_rate is for dev and test only, and from 0 to 1",
        ),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud'; it can be DEBUG, INFO, WARNING"),
        ({"FAULTLINE_PORT": "x"}, "FAULTLINE_PORT is 'x', which is not a number"),
        ({"FAULTLINE_PORT": "0"}, "FAULTLINE_PORT is 0; it can be from 1 to 65535"),
        ({"FAULTLINE_PORT": "1.5"}, "FAULTLINE_PORT is 1.5; it can be from 1 to 65535"),
        ({"FAULTLINE_PORT": "inf"}, "FAULTLINE_PORT is inf; it can be from 1 to 65535"),
    ],
)
def test_a_wrong_value_is_one_line(environment: dict[str, str], reason: str) -> None:
    """An invalid value is reported in one line with the reason."""
    with pytest.raises(InvalidSetting) as refusal:
        ContainerSettings.read(environment)
    assert str(refusal.value) == reason


def test_a_wrong_project_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project(tmp_path, "[stages.dev]\nmemory = 1\n"))
    with pytest.raises(InvalidSetting, match=r"faultline\.toml:3: unknown setting 'memory' of stages\.dev"):
        ContainerSettings.read({})


def test_a_cache_that_outlives_its_image_has_the_files_of_the_next_one(tmp_path: Path) -> None:
    """A cache links to the next image's folders, and keeps folders that come from no image."""
    older, newer, cache = (tmp_path / name for name in ("older", "newer", "cache"))
    for image, names in ((older, ("same", "old")), (newer, ("same", "new"))):
        for name in names:
            (image / "artifacts" / name).mkdir(parents=True)
    cache.mkdir()
    link(older, cache)
    (cache / "artifacts" / "own").mkdir()
    older.rename(tmp_path / "gone")
    link(newer, cache)
    link(newer, cache)
    found = {path.name: path.resolve().parent for path in (cache / "artifacts").iterdir()}
    here = newer / "artifacts"
    assert found == {"same": here, "new": here, "own": cache / "artifacts"}
