"""Secret values from `.env.local` or the environment, copied into a sandbox for a project's functions."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3

from infra.errors import InvalidProject, aws_errors
from infra.project.missing_secrets import missing_secrets
from infra.project.project import Project
from infra.stages import StageSettings

_LINE = re.compile(r"(?:export\s+)?(?P<name>\w+)\s*=\s*(?P<value>.*)")


def provide_secrets(
    session: boto3.Session, settings: StageSettings, notice: Callable[[str], None] = lambda _: None
) -> None:
    """Copy a project's secrets into a sandbox, from `.env.local` or else from environment variables.

    On AWS, operators set them.

    Args:
        session: Session for the sandbox.
        settings: Settings of the stage.
        notice: Called with one line about each secret that has no value in the sandbox.

    Raises:
        InvalidProject: The file does not consist of `NAME=value` lines.
        AwsUnavailable: The sandbox cannot be reached.
    """
    project = settings.project
    if project is None or not project.secrets:
        return
    values = _given(project)
    with aws_errors("providing secrets"):
        for name, source in project.secrets.items():
            if name not in values:
                continue
            service, _, place = source.of_stage(settings.name).partition(":")
            if service == "ssm":
                session.client("ssm").put_parameter(
                    Name=place, Value=values[name], Type="SecureString", Overwrite=True
                )
                continue
            client = session.client("secretsmanager")
            try:
                client.create_secret(Name=place, SecretString=values[name])
            except client.exceptions.ResourceExistsException:
                client.put_secret_value(SecretId=place, SecretString=values[name])
    if values.keys() == project.secrets.keys():
        return
    for name in missing_secrets(session, settings):
        notice(f"secret {name} has no value: add {name}=... to {project.local_values.name}")


def _given(project: Project) -> Mapping[str, str]:
    """Return the values of secrets by name, without empty ones, which AWS would refuse."""
    local = local_values(project.local_values) if project.local_values.exists() else {}
    values = {name: local.get(name) or os.environ.get(name, "") for name in project.secrets}
    return {name: value for name, value in values.items() if value}


def local_values(path: Path) -> dict[str, str]:
    """Read a file of `NAME=value` lines.

    Values may be quoted, and names may follow `export`. Blank lines and comments (`#`) are ignored.

    Raises:
        InvalidProject: Any other line is not of the form `NAME=value`.
    """
    values = dict[str, str]()
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if not found:
            raise InvalidProject(
                f"{path}:{number}: must be NAME=value"
            )  # the line is not quoted, as it may be a value
        value = found["value"]
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        values[found["name"]] = value[1:-1] if quoted else value
    return values
