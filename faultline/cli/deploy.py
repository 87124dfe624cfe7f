"""`faultline deploy`: deploy a stage's stack."""

from faultline.cli.display import err, say
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.outputs import print_outputs
from faultline.cli.place import place
from infra.api.openapi import resolvers
from infra.deploy.change_set import ResourceEvent
from infra.deploy.deployment import deploy as deploy_stack
from infra.deploy.deployment import platform
from infra.deploy.packaging import build
from infra.project.local_secrets import provide_secrets
from sandbox.process.lifecycle import DEFAULT_PORT


def deploy(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Deploy the stack, or the changes since its last deployment."""
    at = place(stage_name, port, aws=aws, changes="deploy", yes=yes)
    say(f"deploying {at.settings.stack_name} to {at.description} ...")
    artifact = build(platform(at.session, at.settings), project=at.settings.project)
    if not at.is_aws:
        provide_secrets(at.session, at.settings)
    found = deploy_stack(at.session, at.settings, artifact, resolvers(), progress=_show_event, notice=say)
    print_outputs(at.settings, found, at.description, aws=at.is_aws, as_json=as_json)


def _show_event(event: ResourceEvent) -> None:
    """Print the end of the work on a resource; its start is not worth a line."""
    if not event.status.endswith("_IN_PROGRESS"):
        err.print(f"  {event.status:<20} {event.logical_id:<28} {event.reason}")
