"""Output of the work: lines of Python's `logging`, written like those of `logger`, and masked prints.

Without this, Lambda's own handler would write them as plain text, and only warnings:
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import logging
import sys
from collections.abc import Iterable
from copy import copy
from typing import Any

from aws_lambda_powertools.logging.filters import SuppressFilter
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter

from lambdas.domain.hidden_texts import without_hidden
from lambdas.telemetry.logs import LOGGER_KEY, logger, serialized
from lambdas.telemetry.masking import masked

_OF_LAMBDA = "awslambdaric"
_TALKATIVE = ("aws_xray_sdk", "boto3", "botocore", "s3transfer", "urllib3")
"""Libraries of the functions themselves, of which only warnings are logged."""
_OF_LOGGING = frozenset(RESERVED_LOG_ATTRS)
_NOT_EXTRA = _OF_LOGGING | {LOGGER_KEY, "message", "exception", "exception_name", "exception_notes"}


class Masked:
    """A text stream that masks the secrets in what is written to it.

    Args:
        stream: The stream to write to, which also provides all other methods.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, and return its length."""
        self._stream.write(without_hidden(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts one after another."""
        for line in lines:
            self.write(line)


class Formatter(LambdaPowertoolsFormatter):
    """Formatter of other loggers' lines, with the keys that `logger` has at that time.

    Values of `extra` are masked, and left out if `logger` or the formatter has a key of the same name.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format a line as JSON."""
        # A copy, since threads of the work may log while `logger` gets the keys of the next attempt.
        self.log_format = {**logger.get_current_keys()}
        values = vars(record)
        known = _NOT_EXTRA | self.log_format.keys()
        extra = masked({key: value for key, value in values.items() if key not in known})
        line = copy(record)
        line.__dict__ = {
            **(extra if isinstance(extra, dict) else {"extra": extra}),
            **{key: value for key, value in values.items() if key in _OF_LOGGING},
            LOGGER_KEY: record.name,
        }
        return super().format(line)


def mask_prints() -> None:
    """From now on, mask secrets in prints, and in lines of handlers that are created after this."""
    stdout: Any = Masked(sys.stdout)
    stderr: Any = Masked(sys.stderr)
    sys.stdout, sys.stderr = stdout, stderr


def collect_logs(package: str | None) -> None:
    """From now on, write the lines of all loggers like those of `logger`.

    Modules of the project's package are logged at the stage's level, others from INFO upwards. A level that
    code has already set is kept.

    Args:
        package: Name of the project's package; None without a project.
    """
    root = logging.getLogger()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Formatter(json_serializer=serialized))
    for other in [each for each in root.handlers if type(each).__module__.startswith(_OF_LAMBDA)]:
        for found in other.filters:
            # Powertools adds one for each of its loggers, since these have handlers of their own.
            if isinstance(found, SuppressFilter) and found.logger != logger.name:
                handler.addFilter(found)
        root.removeHandler(other)
    root.addHandler(handler)
    logging.getLogger(logger.name).propagate = False
    level = logger.log_level
    if root.level == logging.WARNING:  # the default
        root.setLevel(max(level, logging.INFO))
    _set_level(package, level)
    for name in _TALKATIVE:
        _set_level(name, max(level, logging.WARNING))


def _set_level(name: str | None, level: int) -> None:
    if name and logging.getLogger(name).level == logging.NOTSET:
        logging.getLogger(name).setLevel(level)
