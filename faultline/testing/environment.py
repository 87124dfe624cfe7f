"""Environment variables of kinds of work, for attempts in tests."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from infra.stages import DEFAULT_STAGE, stage


@contextmanager
def variables(stage_name: str) -> Iterator[None]:
    """Context manager that sets the environment variables that kinds of work have in a stage.

    A variable that the test has set itself, to another value than that of `dev`, is left alone.

    Raises:
        UnknownStage: If there is no stage of that name.
        InvalidProject: If the project's `faultline.toml` is invalid.
    """
    usual, wanted = _configured(DEFAULT_STAGE), _configured(stage_name)
    changed: dict[str, str | None] = {"STAGE": stage_name}
    for name in {*usual, *wanted}:
        if os.environ.get(name) in (None, usual.get(name)):
            changed[name] = wanted.get(name)
    before = {name: os.environ.get(name) for name in changed}
    _set(changed)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _configured(stage_name: str) -> Mapping[str, str]:
    project = stage(stage_name).project
    return project.environment if project else {}
