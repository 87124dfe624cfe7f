"""`faultline deploy`: deploy a stage's stack."""

from typing import Annotated

import typer

from faultline.cli.command_failure import telling_of_interruption
from faultline.cli.display import err, say
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.outputs import print_outputs
from faultline.cli.stage_access import StageAccess, stage_access
from faultline.cli.submission import stating
from faultline.client import MissingApiKey
from faultline.operations.smoke import smoke_task
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy as deploy_stack
from infra.deploy.deployment import platform
from infra.deploy.packaging import Artifact, build
from infra.deploy.stack_events import ResourceEvent
from infra.errors import InvalidProject
from infra.project.local_secrets import provide_secrets
from infra.project.missing_secrets import missing_secrets
from infra.project.project import FILE, find
from sandbox.process.lifecycle import DEFAULT_PORT

_TRACEBACK_LINES = 12


def deploy(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    remove_kinds: Annotated[
        bool,
        typer.Option(
            "--remove-kinds",
            help="Remove deployed kinds of work that are missing here; their tasks become dead letters.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Deploy the stack, or the changes since its last deployment, and test it with one task.

    The task is an `echo`. If the stage requires an API key, set FAULTLINE_API_KEY for it.
    """
    at = stage_access(stage_name, port, aws=aws, changes=_change(), yes=yes)
    say(f"deploying {at.settings.stack_name} to {at.description} ...")
    artifact = _built(at)
    if artifact.notice:
        say(artifact.notice)
    if at.is_aws:
        for name, location in missing_secrets(at.session, at.settings).items():
            say(f"secret {name} has no value: there is no {location}")
    else:
        provide_secrets(at.session, at.settings, say)
    with telling_of_interruption(
        "CloudFormation goes on with what it has begun; repeat the command afterwards to deploy the rest"
    ):
        found = deploy_stack(
            at.session,
            at.settings,
            artifact,
            resolvers(),
            progress=_show_event,
            notice=say,
            remove_kinds=remove_kinds,
        )
    print_outputs(at.settings, found, at.description, aws=at.is_aws, as_json=as_json)
    _try_it(at)


def _change() -> str:
    """Return the words for this deployment in the question that confirms it."""
    project = find()
    if project is None:
        return f"deploy only the built-in kinds of work (there is no {FILE} here or above)"
    return f"deploy the project {project.folder.name} ({project.folder})"


def _try_it(at: StageAccess) -> None:
    try:
        client = at.client()
    except MissingApiKey as error:
        say(f"not tested with a task: {error}")
        return
    with client, stating("the stack is deployed, but not tested with a task"):
        task = smoke_task(client, at.settings.name, aws=at.is_aws)
    took = (task.updated_at - task.submitted_at).total_seconds()
    say(f"it works: {task.task_id} SUCCEEDED within {took:.1f} s")


def _built(at: StageAccess) -> Artifact:
    try:
        return build(platform(at.session, at.settings), project=at.settings.project)
    except InvalidProject as error:
        for line in error.traceback.splitlines()[-_TRACEBACK_LINES:]:
            say(line)
        raise


def _show_event(event: ResourceEvent) -> None:
    """Print an event of the deployment, unless work on a resource has only begun."""
    if not event.status.endswith("_IN_PROGRESS"):
        err.print(f"  {event.status:<20} {event.logical_id:<28} {event.reason}")
