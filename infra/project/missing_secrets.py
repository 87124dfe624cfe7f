"""A project's secrets that do not exist where `faultline.toml` locates them."""

from collections.abc import Iterable, Iterator
from itertools import batched

import boto3
from botocore.exceptions import ClientError

from infra.errors import aws_errors
from infra.stages import StageSettings

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_MAX_NAMES = 50
"""Number of names in a filter:
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html"""


def missing_secrets(session: boto3.Session, settings: StageSettings) -> dict[str, str]:
    """Return the locations of a project's secrets that do not exist, by name, such as `ssm:/my/prod/key`.

    No value is read. Secrets that the caller may not look up count as existing.

    Raises:
        AwsUnavailable: AWS cannot be reached, or refuses a call for another reason.
    """
    if settings.project is None:
        return {}
    wanted = {name: source.of_stage(settings.name) for name, source in settings.project.secrets.items()}
    with aws_errors("looking for secrets"):
        missing = {
            *_missing_parameters(session, _names(wanted.values(), "ssm")),
            *_missing_from_secrets_manager(session, _names(wanted.values(), "secretsmanager")),
        }
    return {name: location for name, location in wanted.items() if location in missing}


def _names(locations: Iterable[str], service: str) -> list[str]:
    found = (each.partition(":") for each in dict.fromkeys(locations))
    return [name for its_service, _, name in found if its_service == service]


def _missing_parameters(session: boto3.Session, names: Iterable[str]) -> Iterator[str]:
    for some in batched(names, _MAX_NAMES, strict=False):
        pages = (
            session.client("ssm")
            .get_paginator("describe_parameters")
            .paginate(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [*some]}])
        )
        try:
            found = {each.get("Name") for page in pages for each in page["Parameters"]}
        except ClientError as error:
            if error.response["Error"]["Code"] in _DENIED:
                return
            raise
        yield from (f"ssm:{name}" for name in some if name not in found)


def _missing_from_secrets_manager(session: boto3.Session, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        client = session.client("secretsmanager")
        try:
            client.describe_secret(SecretId=name)
        except client.exceptions.ResourceNotFoundException:
            yield f"secretsmanager:{name}"
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
