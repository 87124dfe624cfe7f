"""Audit trail of operators' actions on a stage, in the log group that its functions share.

On AWS, CloudTrail records the same calls with their principals and addresses:
https://docs.aws.amazon.com/apigateway/latest/developerguide/cloudtrail.html
This trail appears among the log lines of the functions, and also exists in a sandbox.
"""

import logging
import uuid
from datetime import UTC, datetime

import boto3

from infra.errors import AwsUnavailable, aws_errors
from infra.stages import StageSettings
from lambdas.domain import strict_json
from lambdas.domain.serialization import rfc3339

SERVICE = "faultline"
STREAMS = f"{SERVICE}/"
"""Prefix of the log streams."""
LOG = logging.getLogger(__name__)


def note(session: boto3.Session, settings: StageSettings, message: str, **details: str) -> None:
    """Log an operator's action on a stage, with the principal.

    The action has already been taken, so a failure to log it is only a warning on standard error.

    Args:
        session: Session of the operator.
        settings: Settings of the stage.
        message: The action, such as `API key created`.
        details: Details of the action, without secrets.
    """
    try:
        with aws_errors(f"{message}, but that could not be logged"):
            _write(session, settings, message, details)
    except AwsUnavailable as error:
        LOG.warning("%s", error)


def _write(session: boto3.Session, settings: StageSettings, message: str, details: dict[str, str]) -> None:
    principal = session.client("sts").get_caller_identity()["Arn"]
    now = datetime.now(UTC)
    line = {
        "level": "WARNING",
        "message": message,
        "timestamp": rfc3339(now),
        "service": SERVICE,
        "stage": settings.name,
        "requested_by": {"principal": principal},
        **details,
    }
    logs, stream = session.client("logs"), f"{STREAMS}{uuid.uuid4()}"
    logs.create_log_stream(logGroupName=settings.log_group_name, logStreamName=stream)
    logs.put_log_events(
        logGroupName=settings.log_group_name,
        logStreamName=stream,
        logEvents=[{"timestamp": int(now.timestamp() * 1000), "message": strict_json.dumps(line)}],
    )
