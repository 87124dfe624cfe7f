"""`faultline outputs`: print a stack's outputs."""

from faultline.cli.curl import first_steps
from faultline.cli.display import print_json
from faultline.cli.options import Aws, Json, Port, Stage
from faultline.cli.program import pasteable
from faultline.cli.stage_access import stage_access
from infra.deploy.outputs import Outputs
from infra.deploy.outputs import outputs as stack_outputs
from infra.stages import StageSettings
from sandbox.process.lifecycle import DEFAULT_PORT


def outputs(
    stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, as_json: Json = False
) -> None:
    """Print the stack's outputs, such as the URL of the API, the queues and the table."""
    at = stage_access(stage_name, port, aws=aws)
    found = stack_outputs(at.session, at.settings)
    print_outputs(at.settings, found, at.description, aws=at.is_aws, as_json=as_json)


def print_outputs(
    settings: StageSettings, found: Outputs, where: str, *, aws: bool = False, as_json: bool = False
) -> None:
    """Print a stack's outputs, and how to submit a first task."""
    values = found.by_name()
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        print(f"{name:<15} {value}")
    print(f"{'Endpoint':<15} {where}")
    print("\nSubmit a task:")
    for line in first_steps(found.api_url, settings, aws=aws):
        print(f"  {pasteable(line)}")
