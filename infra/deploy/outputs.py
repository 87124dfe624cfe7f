"""The outputs of a deployed stack."""

from dataclasses import asdict, dataclass

import boto3
from botocore.exceptions import ClientError

from infra.deploy.endpoint import endpoint, reachable_api_url, reachable_queue_url
from infra.errors import StackMissing, aws_errors
from infra.stages import StageSettings


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The stack's outputs, with URLs that are reachable from the session's endpoint."""

    api_url: str
    task_queue_url: str
    task_dlq_url: str
    task_table_name: str
    alert_topic_arn: str
    dashboard_names: str
    """The dashboards' names, separated by commas."""

    def by_name(self) -> dict[str, str]:
        """Return the outputs by their names in the stack: `{"ApiUrl": ..., "TaskQueueUrl": ...}`."""
        return {_output_name(field): value for field, value in asdict(self).items()}


def outputs(session: boto3.Session, settings: StageSettings) -> Outputs:
    """Read a stage's outputs.

    Raises:
        StackMissing: The stage is not deployed, or its stack lacks outputs.
        AwsUnavailable: AWS cannot be reached, or refuses a call.
    """
    name = settings.stack_name
    with aws_errors(f"reading the outputs of {name}"):
        at = endpoint(session)
        try:
            [stack] = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise StackMissing(f"{name} is not deployed at {at}") from error
    found = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    fields = Outputs.__dataclass_fields__
    missing = [_output_name(field) for field in fields if _output_name(field) not in found]
    if missing:
        raise StackMissing(f"{name} has no {', '.join(missing)}; it is {stack['StackStatus']}")
    values = {field: found[_output_name(field)] for field in fields}
    reachable = {
        "api_url": reachable_api_url(values["api_url"], at),
        "task_queue_url": reachable_queue_url(values["task_queue_url"], at),
        "task_dlq_url": reachable_queue_url(values["task_dlq_url"], at),
    }
    return Outputs(**values | reachable)


def _output_name(field: str) -> str:
    """Return `TaskQueueUrl` for `task_queue_url`."""
    return "".join(word.capitalize() for word in field.split("_"))
