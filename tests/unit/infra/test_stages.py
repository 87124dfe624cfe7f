"""The settings of each stage, and combinations that are refused."""

import dataclasses
from typing import Any

import pytest

from infra.api.authentication import KeyLimits
from infra.errors import InvalidStage, UnknownStage
from infra.stages import STAGES, stage
from infra.thresholds import Thresholds


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_guide_values_are_the_defaults(name: str) -> None:
    settings = stage(name)

    assert settings.visibility_timeout_seconds == 180
    assert settings.message_retention_days == 14
    assert settings.max_receive_count == 3
    assert settings.memory_mb == 512
    assert (settings.api_timeout_seconds, settings.process_timeout_seconds) == (30, 180)


def test_test_stage_is_short_and_never_fails_at_random() -> None:
    settings = stage("test")

    assert settings.process_timeout_seconds == 6
    assert settings.visibility_timeout_seconds == 8
    assert settings.failure_rate == 0


@pytest.mark.parametrize(
    ("name", "threshold", "recovery"), [("dev", 3, 5), ("test", 3, 2), ("staging", 5, 30), ("prod", 5, 30)]
)
def test_circuits_open_and_recover_sooner_where_one_watches(name: str, threshold: int, recovery: int) -> None:
    settings = stage(name)

    assert (settings.circuit_failure_threshold, settings.circuit_recovery_seconds) == (threshold, recovery)


@pytest.mark.parametrize(
    ("name", "rate", "parameter"),
    [
        ("dev", 0.3, "/faultline/dev/failure-rate"),
        ("test", 0, "/faultline/test/failure-rate"),
        ("staging", None, None),
        ("prod", None, None),
    ],
)
def test_failures_are_simulated_in_dev_and_test_only(
    name: str, rate: float | None, parameter: str | None
) -> None:
    assert (stage(name).failure_rate, stage(name).failure_rate_parameter) == (rate, parameter)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"visibility_timeout_seconds": 179}, "visibility_timeout_seconds must be at least process"),
        ({"dlq_visibility_timeout_seconds": 29}, "must be at least monitor_timeout_seconds"),
        ({"visibility_timeout_seconds": 43_201}, "visibility_timeout_seconds must be at most 43200"),
        ({"process_timeout_seconds": 901, "visibility_timeout_seconds": 901}, "must be at most 900"),
        (
            {"release_loop_seconds": 56, "release_timeout_seconds": 90},
            "release_loop_seconds must be at most 55",
        ),
        ({"release_loop_seconds": -1}, "release_loop_seconds must be at least 0"),
        ({"release_timeout_seconds": 54}, r"at least release_loop_seconds \+ 5"),
        ({"release_timeout_seconds": 901}, "release_timeout_seconds must be at most 900"),
        ({"circuit_failure_threshold": 0}, "circuit_failure_threshold must be greater than 0"),
        ({"circuit_recovery_seconds": 0}, "circuit_recovery_seconds must be greater than 0"),
        ({"message_retention_days": 15}, "message_retention_days must be at most 14"),
        ({"task_retention_days": 27}, "at least twice message_retention_days"),
        ({"process_concurrency": 1}, "process_concurrency must be at least 2"),
        ({"max_receive_count": 0}, "max_receive_count must be at least 1"),
        ({"memory_mb": 64}, "memory_mb must be at least 128"),
        ({"memory_mb": "much"}, "memory_mb should be a valid integer"),
        ({"thresholds": Thresholds(window_seconds=90)}, "thresholds.window_seconds must be a multiple of 60"),
        ({"thresholds": Thresholds(failed_percent=101)}, "thresholds.failed_percent must be at most 100"),
        ({"key_limits": KeyLimits(rate=0, burst=1, per_day=1)}, "key_limits.rate must be greater than 0"),
        ({"index_shards": 7}, "index_shards must be at least 8"),
        (
            {"snap_start": ("process_task",)},
            "snap_start and provisioned_concurrency exclude each other: process_task",
        ),
        ({"authentication": "none"}, "authentication none is for dev and test only"),
        ({"failure_rate": 0.1}, "dev and test only"),
        ({"cors_origins": ("*", "https://a.example")}, r"exact origins \(.*\), or '\*' alone"),
        ({"cors_origins": ("a.example",)}, "exact origins"),
        ({"cors_origins": ("https://a.example/",)}, "exact origins"),
        ({"cors_origins": ("https://a.example/app",)}, "exact origins"),
        ({"cors_origins": ("https://A.example",)}, "exact origins"),
        ({"cors_origins": ('https://a.example"',)}, "exact origins"),
        ({"cors_origins": ("https://a.example,https://b.example",)}, "exact origins"),
        ({"masked_fields": ("password", "a,b")}, "masked_fields must be names without commas"),
        ({"masked_fields": ("password", " ")}, "masked_fields must be names without commas"),
        ({"throttle_rate": 0}, "throttle_rate must be greater than 0"),
        ({"log_retention_days": 8}, "log_retention_days should be 1, 3, 5, 7, "),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidStage, match=complaint) as refused:
        dataclasses.replace(stage("prod"), **change)

    assert str(refused.value).startswith("stage prod: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "origins", [("https://a.example", "http://localhost:3000"), ("http://[::1]:3000",), ("*",), ()]
)
def test_origins_that_browsers_send_are_accepted(origins: tuple[str, ...]) -> None:
    assert dataclasses.replace(stage("prod"), cors_origins=origins).cors_origins == origins


def test_unknown_stage_is_told_which_there_are() -> None:
    with pytest.raises(UnknownStage, match=r"^unknown stage 'live'; stages are dev, test, staging, prod$"):
        stage("live")


def test_names_begin_with_the_stack() -> None:
    assert stage("dev").stack_name == "faultline-dev"
    assert stage("dev").function_name("submit_task") == "faultline-dev-submit-task"
    assert stage("dev").circuit_table_name == "faultline-dev-circuits"
    assert list(STAGES) == ["dev", "test", "staging", "prod"]
