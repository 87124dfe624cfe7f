"""Errors in packaging, deploying and finding a stack.

InfraError
├── InvalidStage            settings are outside of their limits, or contradict each other
│   └── UnknownStage        there is no stage of that name
├── InvalidProject          faultline.toml or a kind of work of the project is invalid
├── PackagingFailed         the artifact could not be built
├── InvalidApi              the handlers' OpenAPI cannot be expressed for API Gateway
├── KindsMissing            the deployment would remove kinds of work from the stack
├── StackMissing            nothing is deployed for the stage
├── DeploymentInProgress    another deployment of the same stage is running
├── DeploymentFailed        CloudFormation failed; has the failed resources with their reasons
├── StackProtected          the stack is protected from deletion
├── TeardownFailed          the stack could not be deleted
└── AwsUnavailable          AWS (or the emulator) could not be reached, or refused a call

The first line of a message is complete, so that a command can print it without a traceback.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from pydantic import ValidationError
from pydantic_core import ErrorDetails


class InfraError(Exception):
    """Base class of this package's errors."""


class InvalidStage(InfraError):
    """A stage's settings are outside of their limits, contradict each other, or do not suit its kinds."""


class UnknownStage(InvalidStage):
    """There is no stage of this name."""


class InvalidProject(InfraError):
    """A project is invalid. The message begins with the file and usually the line.

    Attributes:
        traceback: Traceback of a failed import, without Faultline's own frames; otherwise empty.
    """

    def __init__(self, message: str, *, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback.rstrip()


class PackagingFailed(InfraError):
    """The functions' artifact could not be built."""


class InvalidApi(InfraError):
    """The handlers' OpenAPI documents contradict each other, or cannot be expressed for API Gateway."""


class KindsMissing(InfraError):
    """The stack has kinds of work that the deployment lacks, and whose tasks would therefore fail."""


class StackMissing(InfraError):
    """No stack is deployed for the stage, or it lacks outputs."""


class DeploymentInProgress(InfraError):
    """CloudFormation is still working on the stack."""


@dataclass(frozen=True, kw_only=True)
class ResourceFailure:
    """A resource that CloudFormation could not create, update or delete, with its reason."""

    logical_id: str
    resource_type: str
    reason: str

    def __str__(self) -> str:
        return f"{self.logical_id} ({self.resource_type}): {self.reason}"


class DeploymentFailed(InfraError):
    """The stack could not be deployed.

    Attributes:
        failures: The resources that failed, in the order of their failures; empty if no change was executed.
    """

    def __init__(self, message: str, failures: Sequence[ResourceFailure] = ()) -> None:
        super().__init__("\n  ".join([message, *map(str, failures)]))
        self.failures = tuple(failures)


class StackProtected(InfraError):
    """The stack is protected from deletion."""


class TeardownFailed(InfraError):
    """The stack could not be deleted; the message has the resources that failed, with their reasons."""


class AwsUnavailable(InfraError):
    """AWS could not be reached, or refused a call. The message names the activity and the reason."""


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turn boto3's errors within the block into AwsUnavailable.

    Args:
        doing: The block's activity, such as `reading the trace`, with which the message begins.

    Raises:
        AwsUnavailable: boto3 raised an error, which becomes the cause.
    """
    try:
        yield
    except ClientError as error:
        detail = error.response.get("Error", {})
        raise AwsUnavailable(
            f"{doing}: AWS refused {error.operation_name}: "
            f"{detail.get('Code', 'unknown')}: {detail.get('Message', 'no message')}"
        ) from error
    except (BotoCoreError, HTTPClientError) as error:
        raise AwsUnavailable(f"{doing}: {error}") from error
    except RuntimeError as error:
        if not is_of_expired_credentials(error):
            raise
        raise AwsUnavailable(f"{doing}: {EXPIRED}") from error


EXPIRED = "the AWS credentials of this process have expired; log in again, and start it with new ones"
"""Reason of an error by `is_of_expired_credentials`."""


def is_of_expired_credentials(error: RuntimeError) -> bool:
    """Return whether botocore raised an error because credentials have expired, and there are no new ones.

    Those in environment variables expire at AWS_CREDENTIAL_EXPIRATION, and never change within a process.
    botocore has no exception of its own for this (`_protected_refresh` in botocore/credentials.py).
    """
    return "refreshed credentials are still expired" in str(error)


_PROBLEMS = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "multiple_of": "must be a multiple of {multiple_of:g}",
    "value_error": "{error}",
}
"""Phrases for pydantic's error types, with placeholders for their contexts."""


def problems(error: ValidationError) -> str:
    """Format validation errors as one line: `memory_mb must be at least 128; ...`."""
    return "; ".join(map(_problem, error.errors()))


def _problem(error: ErrorDetails) -> str:
    setting = ".".join(part for part in error["loc"] if isinstance(part, str))
    words = _PROBLEMS.get(error["type"], error["msg"].removeprefix("Input "))
    return f"{setting} {words.format(**error.get('ctx', {}))}".strip()
