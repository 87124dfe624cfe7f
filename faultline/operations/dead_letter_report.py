"""Retrieval of the report on dead letters from monitor_dlq."""

import json
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config

from faultline.operations.errors import OperationFailed
from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing, aws_errors
from infra.stages import StageSettings
from lambdas.domain.serialization import rfc3339


def read_report(
    session: boto3.Session, settings: StageSettings, since: datetime, limit: int | None = None
) -> dict[str, Any]:
    """Invoke monitor_dlq for a report on dead letters.

    Args:
        session: Session for the calls to AWS.
        settings: Settings of the stage.
        since: Start of the period in which dead letters are counted.
        limit: Maximum number of dead letters to examine; None for the function's own limit.

    Returns:
        The report, as described in `lambdas.monitor_dlq.report`.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached.
        OperationFailed: If the function fails, or refuses the request.
    """
    client = session.client("lambda", config=Config(read_timeout=settings.monitor_timeout_seconds + 15))
    name = settings.live_function("monitor_dlq")
    request = {"since": rfc3339(since), **({} if limit is None else {"limit": limit})}
    with aws_errors(f"invoking {name}"):
        try:
            answer = client.invoke(FunctionName=name, Payload=json.dumps({"report": request}))
        except client.exceptions.ResourceNotFoundException as error:
            raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error
    returned: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        lines = str(returned.get("errorMessage", "")).splitlines()
        raise OperationFailed(f"{name} failed: {lines[0] if lines else 'without a reason'}")
    if "errors" in returned:
        refusals = "; ".join(f"{each['field']} {each['message']}" for each in returned["errors"])
        raise OperationFailed(f"{name} refused: {refusals}")
    return returned
