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
    usual = _configured(DEFAULT_STAGE)
    unset = {
        name: value
        for name, value in _configured(stage_name).items()
        if os.environ.get(name) in (None, usual.get(name))
    }
    changed = {"STAGE": stage_name, **unset}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def _configured(stage_name: str) -> Mapping[str, str]:
    project = stage(stage_name).project
    return project.environment if project else {}
