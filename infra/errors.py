"""What can go wrong between a checkout and a running stack, as one tree.

InfraError
├── InvalidStage            settings that contradict each other or AWS's limits
│   └── UnknownStage        no such stage
├── PackagingFailed         uv could not install the libraries
├── InvalidApi              the handlers' OpenAPI cannot be said in API Gateway's terms
├── StackMissing            nothing is deployed for the stage
├── DeploymentInProgress    somebody else is deploying the same stage
├── DeploymentFailed        CloudFormation said no; carries the resources and their reasons
└── AwsUnavailable          AWS (or the emulator) could not be reached, or refused a call

The first line of a message says it all: a command prints it and needs no traceback.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError


class InfraError(Exception):
    """Any of the above."""


class InvalidStage(InfraError):
    """A stage's settings contradict each other, or a limit of AWS."""


class UnknownStage(InvalidStage):
    """A stage was asked for that does not exist."""


class PackagingFailed(InfraError):
    """The functions' artifact could not be built."""


class InvalidApi(InfraError):
    """The handlers' OpenAPI documents do not fit together, or not into API Gateway."""


class StackMissing(InfraError):
    """No stack is deployed for the stage."""


class DeploymentInProgress(InfraError):
    """CloudFormation is still working on the stack."""


@dataclass(frozen=True, kw_only=True)
class ResourceFailure:
    """One resource that CloudFormation could not bring about, and CloudFormation's reason."""

    logical_id: str
    resource_type: str
    reason: str

    def __str__(self) -> str:
        return f"{self.logical_id} ({self.resource_type}): {self.reason}"


class DeploymentFailed(InfraError):
    """The stack could not be deployed.

    `failures` names every resource that failed, in the order of failing; it is empty when
    CloudFormation refused the change set as a whole.
    """

    def __init__(self, message: str, failures: Sequence[ResourceFailure] = ()) -> None:
        super().__init__("\n  ".join([message, *map(str, failures)]))
        self.failures = tuple(failures)


class AwsUnavailable(InfraError):
    """AWS could not be reached, or refused a call; says which one and why."""


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turn boto3's errors into one line that says what was being done.

    Raises AwsUnavailable, caused by boto3's error.
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
