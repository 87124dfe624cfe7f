"""Environment variables for a project's kinds of work: `[environment]` in `faultline.toml`."""

import re
from collections.abc import Mapping

from infra.project.toml_file import TomlFile

# https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_OF_THE_RUNTIME = re.compile(r"(AWS|LAMBDA|LD|POWERTOOLS)_.*|PYTHON[A-Z]+|PATH|TMPDIR|TZ")
_OF_THE_FUNCTIONS = frozenset(
    {
        *("ALERT_TOPIC_ARN", "CALLBACK_SECRET_PARAMETER", "CIRCUIT_FAILURE_THRESHOLD"),
        *("CIRCUIT_RECOVERY_SECONDS", "CIRCUIT_TABLE_NAME", "CORS_ORIGINS", "CRITICAL_CATEGORIES"),
        *("FAILURE_RATE_PARAMETER", "INDEX_SHARDS", "KINDS_PACKAGE", "MASKED_FIELDS", "MAX_RECEIVE_COUNT"),
        *("REGION", "SECRETS", "STAGE", "TASK_BUCKET_NAME", "TASK_DLQ_URL", "TASK_QUEUE_URL"),
        *("TASK_RETENTION_DAYS", "TASK_TABLE_NAME"),
    }
)


def environment_of(file: TomlFile, given: object, *path: str) -> dict[str, str]:
    """Read a table of environment variables.

    Args:
        file: The project's `faultline.toml`.
        given: The table.
        path: The keys that lead to the table.

    Raises:
        InvalidProject: It is not a table of names and strings, or a name is reserved.
    """
    if not isinstance(given, Mapping):
        raise file.refused(f"{'.'.join(path)} must be a table", *path)
    found = dict[str, str]()
    for name, value in given.items():
        if not _NAME.fullmatch(name):
            raise file.refused(f"{name!r} cannot be the name of an environment variable", *path, name)
        if name in _OF_THE_FUNCTIONS or _OF_THE_RUNTIME.fullmatch(name):
            raise file.refused(f"{name} is set by Faultline or Lambda; choose another name", *path, name)
        if not isinstance(value, str) or "\0" in value:
            raise file.refused(f"the value of {name} must be a string, in quotes", *path, name)
        found[name] = value
    return found
