"""What the work logs and prints."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from lambdas.domain import hidden_texts
from lambdas.domain.hidden_texts import hide
from lambdas.telemetry.logs import logger
from lambdas.telemetry.work_output import collect_logs, mask_prints

SECRET = "hunter2hunter2"
Capture = pytest.CaptureFixture[str]
CAPPED = "botocore WARNING"
NAMES = ("tasks", "botocore", "boto3", "s3transfer", "urllib3", "aws_xray_sdk", logger.name)


class OfLambda(logging.StreamHandler[StringIO]):
    """A handler like the one of Lambda's runtime."""

    __module__ = "awslambdaric.bootstrap"


@pytest.fixture
def output(capsys: Capture) -> Iterator[Capture]:
    """Make this process's logging that of a new function, and return what it writes."""
    root = logging.getLogger()
    before = root.level, [*root.handlers]
    levels = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in NAMES}
    root.setLevel(logging.WARNING)
    root.addHandler(OfLambda(StringIO()))
    hide(SECRET)
    yield capsys
    hidden_texts._hidden.clear()
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, (level, propagate) in levels.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).propagate = propagate


@pytest.fixture
def level(request: pytest.FixtureRequest) -> Iterator[None]:
    before = logger.log_level
    logging.getLogger(logger.name).setLevel(request.param)
    yield
    logging.getLogger(logger.name).setLevel(before)


def lines(output: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.readouterr().out.splitlines()]


def refuse() -> None:
    raise ValueError(SECRET)


@pytest.mark.parametrize("level", ["INFO"], indirect=True)
def test_a_line_of_the_work_is_like_those_of_the_functions(output: Capture, level: None) -> None:
    """It has the task, kind and attempt, and neither secrets nor private data; it is written once."""
    collect_logs("tasks")
    own = logging.getLogger("tasks.swatch")
    with logger.append_context_keys(task_id="t", kind="image.swatch", attempt=2):
        own.info("drawing %s for %s", "teal", SECRET, extra={"width": 64})
        logging.getLogger("httpx").info("GET https://a.example/?api_key=abc")
        own.debug("not at this level")
        own.warning({"password": "x", "color": "teal"})
        try:
            refuse()
        except ValueError:
            own.exception("failed")
    drawing, got, structured, failed = lines(output)
    assert drawing["message"] == "drawing teal for *****"
    assert (drawing["task_id"], drawing["kind"], drawing["attempt"]) == ("t", "image.swatch", 2)
    assert (drawing["level"], drawing["logger"], drawing["width"]) == ("INFO", "tasks.swatch", 64)
    assert (drawing["service"], drawing["stage"]) == (logger.service, "local")
    assert got["message"] == "GET https://a.example/?api_key=*****"
    assert structured["message"] == {"password": "*****", "color": "teal"}
    assert failed["exception"].endswith("ValueError: *****")


@pytest.mark.parametrize("level", ["INFO"], indirect=True)
def test_extra_values_are_masked_and_replace_nothing(output: Capture, level: None) -> None:
    collect_logs("tasks")
    with logger.append_context_keys(task_id="t"):
        private = {"authorization": f"Bearer {SECRET}", "by": "ann@example.com", "tries": [{"pin": 2}]}
        ours = {"task_id": "u", "stage": "prod", "logger": "x", "level": "DEBUG", "stack_trace": "none"}
        logging.getLogger("lib").info("call", extra={**private, **ours})
        endless: list[Any] = []
        endless.append(endless)
        logging.getLogger("lib").info("call", extra={"not": endless})
    called, other = lines(output)
    assert [called[key] for key in private] == ["*****", "*****", [{"pin": "*****"}]]
    assert (called["task_id"], called["stage"]) == ("t", "local")
    assert (called["logger"], called["level"]) == ("lib", "INFO")
    assert "stack_trace" not in called
    assert (other["message"], other["extra"]) == ("call", "*****")


class Growing:
    """A value that adds a key to `logger` when a formatter looks at it, as another thread may do."""

    def __bool__(self) -> bool:
        logger.append_keys(added=1)
        return True


@pytest.mark.parametrize("level", ["INFO"], indirect=True)
def test_lines_are_written_while_the_keys_change(output: Capture, level: None) -> None:
    """A thread of the work may outlive its attempt, and log while the next one begins."""
    collect_logs("tasks")
    with logger.append_context_keys(growing=Growing()):
        logging.getLogger("tasks").info("late")
    logger.remove_keys(["added"])
    assert [line["message"] for line in lines(output)] == ["late"]


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("DEBUG", ["tasks DEBUG", "tasks INFO", "tasks WARNING", "lib INFO", "lib WARNING", CAPPED]),
        ("INFO", ["tasks INFO", "tasks WARNING", "lib INFO", "lib WARNING", CAPPED]),
        ("WARNING", ["tasks WARNING", "lib WARNING", CAPPED]),
    ],
    indirect=["level"],
)
def test_the_stage_sets_the_level(output: Capture, level: None, shown: list[str]) -> None:
    """The project's own modules log at the stage's level, and libraries never below INFO."""
    collect_logs("tasks")
    for name in ("tasks", "lib", "botocore"):
        for severity in ("DEBUG", "INFO", "WARNING"):
            logging.getLogger(f"{name}.part").log(getattr(logging, severity), severity)
    assert [f"{line['logger'].partition('.')[0]} {line['level']}" for line in lines(output)] == shown


@pytest.mark.parametrize("level", ["INFO"], indirect=True)
def test_levels_that_code_has_set_are_kept(output: Capture, level: None) -> None:
    logging.getLogger("tasks").setLevel(logging.ERROR)
    logging.getLogger().setLevel(logging.CRITICAL)
    collect_logs("tasks")
    logging.getLogger("tasks.swatch").warning("quiet")
    logging.getLogger("lib").error("quiet")
    assert lines(output) == []


@pytest.mark.parametrize("level", ["INFO"], indirect=True)
def test_loggers_of_powertools_are_not_repeated(output: Capture, level: None) -> None:
    """Faultline's own logger and one of a kind of work have handlers of their own."""
    theirs = StringIO()
    Logger(service="payments-of-a-test", stream=theirs)
    collect_logs("tasks")
    logging.getLogger("payments-of-a-test").info("paid")
    logging.getLogger(logger.name).info("begun")
    assert [json.loads(line)["message"] for line in theirs.getvalue().splitlines()] == ["paid"]
    assert lines(output) == []


def test_prints_are_masked(output: Capture) -> None:
    mask_prints()
    print("key:", SECRET)  # noqa: T201 # as work does
    sys.stderr.write(SECRET)
    sys.stdout.writelines(["one ", SECRET, "\n"])
    assert sys.stdout.write("é\n") == 2
    assert output.readouterr() == ("key: *****\none *****\né\n", "*****")
