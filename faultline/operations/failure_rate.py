"""Rate of simulated failures, in stages that have one."""

import boto3
from botocore.exceptions import ClientError

from faultline.operations.errors import OperationFailed
from infra.errors import aws_errors
from infra.stages import StageSettings


def read_failure_rate(session: boto3.Session, settings: StageSettings) -> float:
    """Return the fraction of attempts that fail at random, from 0 to 1.

    Raises:
        OperationFailed: If the stage has no failure rate.
        AwsUnavailable: If AWS cannot be reached or rejects the call.
    """
    name = _parameter(settings)
    with aws_errors(f"reading {name}"):
        try:
            found = session.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                raise OperationFailed(f"there is no parameter {name}") from error
            raise
    return float(found)


def set_failure_rate(session: boto3.Session, settings: StageSettings, rate: float) -> None:
    """Set the fraction of attempts that fail at random, from 0 to 1; functions notice it within seconds.

    Raises:
        OperationFailed: If the stage has no failure rate.
        AwsUnavailable: If AWS cannot be reached or rejects the call.
    """
    name = _parameter(settings)
    with aws_errors(f"setting {name}"):
        session.client("ssm").put_parameter(Name=name, Value=f"{rate:g}", Type="String", Overwrite=True)


def _parameter(settings: StageSettings) -> str:
    if settings.failure_rate_parameter is None:
        raise OperationFailed(f"no attempts fail at random in stage {settings.name}")
    return settings.failure_rate_parameter
