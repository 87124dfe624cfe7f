"""The environment as typed settings."""

import pytest

from lambdas.application.settings import (
    InvalidSettings,
    ManageSettings,
    MonitorSettings,
    ProcessSettings,
    ReleaseSettings,
    Settings,
    SubmitSettings,
)
from lambdas.domain.errors import Category

COMMON = {
    "STAGE": "test",
    "REGION": "us-east-1",
    "TASK_QUEUE_URL": "https://sqs/tasks",
    "TASK_DLQ_URL": "https://sqs/dlq",
    "TASK_TABLE_NAME": "tasks",
    "TASK_BUCKET_NAME": "tasks",
}
SUBMIT = COMMON | {"TASK_RETENTION_DAYS": "30"}
MANAGE = SUBMIT | {"CIRCUIT_TABLE_NAME": "circuits"}
MONITOR = SUBMIT | {"ALERT_TOPIC_ARN": "arn", "CRITICAL_CATEGORIES": "SYSTEM,UNKNOWN"}
RELEASE = MANAGE | {"CIRCUIT_RECOVERY_SECONDS": "30"}
PROCESS = RELEASE | {
    "FAILURE_RATE_PARAMETER": "",
    "CALLBACK_SECRET_PARAMETER": "/secret",
    "CIRCUIT_FAILURE_THRESHOLD": "5",
    "MAX_RECEIVE_COUNT": "3",
}
TYPED = {
    "TASK_RETENTION_DAYS": 30,
    "CRITICAL_CATEGORIES": frozenset({Category.SYSTEM, Category.UNKNOWN}),
    "CIRCUIT_RECOVERY_SECONDS": 30,
    "CIRCUIT_FAILURE_THRESHOLD": 5,
    "MAX_RECEIVE_COUNT": 3,
}


@pytest.mark.parametrize(
    ("kind", "environment"),
    [
        (Settings, COMMON),
        (SubmitSettings, SUBMIT),
        (ManageSettings, MANAGE),
        (MonitorSettings, MONITOR),
        (ReleaseSettings, RELEASE),
        (ProcessSettings, PROCESS),
    ],
)
def test_settings_are_read_from_their_variables(kind: type[Settings], environment: dict[str, str]) -> None:
    """Each field is read from the variable of its name in capitals; other variables are ignored."""
    settings = kind.read(environment | {"OTHER": "x"})
    found = {name: getattr(settings, name.lower()) for name in kind.variables()}
    assert found == {name: TYPED.get(name, value) for name, value in environment.items()}


@pytest.mark.parametrize("missing", COMMON)
def test_a_missing_variable_is_named(missing: str) -> None:
    """Each variable that all functions need is required, and the error names it."""
    with pytest.raises(InvalidSettings, match=missing):
        Settings.read({name: value for name, value in COMMON.items() if name != missing})


def test_all_missing_variables_are_named_at_once() -> None:
    """One failed start shows every missing variable of a function."""
    with pytest.raises(
        InvalidSettings,
        match="STAGE, REGION, TASK_QUEUE_URL, TASK_DLQ_URL, TASK_TABLE_NAME, TASK_BUCKET_NAME",
    ):
        Settings.read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_RECEIVE_COUNT", "three"), ("MAX_RECEIVE_COUNT", "0"), ("TASK_RETENTION_DAYS", "-1")],
)
def test_a_variable_that_cannot_be_read_is_named(name: str, value: str) -> None:
    """A function with a wrong setting fails at its start, not when the setting is used."""
    with pytest.raises(InvalidSettings, match=name):
        ProcessSettings.read(PROCESS | {name: value})


def test_no_category_need_be_critical() -> None:
    """An empty list means that no category is critical."""
    assert MonitorSettings.read(MONITOR | {"CRITICAL_CATEGORIES": ""}).critical_categories == frozenset()


def test_a_function_asks_for_what_it_uses_alone() -> None:
    """Variables that only process_task needs are not required of other functions."""
    Settings.read(COMMON)
    with pytest.raises(InvalidSettings, match="FAILURE_RATE_PARAMETER"):
        ProcessSettings.read(COMMON)


@pytest.mark.parametrize(
    ("stage", "experimental"),
    [("dev", True), ("test", True), ("staging", False), ("prod", False), ("", False), ("DEV", False)],
)
def test_only_dev_and_test_are_for_experiments(stage: str, experimental: bool) -> None:
    """Only dev and test are experimental; other stages, unknown ones included, are not."""
    assert Settings.read(COMMON | {"STAGE": stage}).experimental is experimental


@pytest.mark.parametrize(
    ("stage", "endpoint", "reaches"),
    [
        ("dev", "http://127.0.0.1:4566", True),
        ("test", "http://127.0.0.1:4566", True),
        ("dev", "", False),
        ("dev", None, False),
        ("prod", "http://127.0.0.1:4566", False),
    ],
)
def test_private_addresses_are_reached_in_an_emulator_only(
    stage: str, endpoint: str | None, reaches: bool
) -> None:
    """Private addresses are reachable only for dev and test in an emulator, and not on AWS."""
    environment = COMMON | {"STAGE": stage} | ({} if endpoint is None else {"AWS_ENDPOINT_URL": endpoint})
    assert Settings.read(environment).reaches_private_addresses(environment) is reaches
