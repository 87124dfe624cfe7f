"""`faultline teardown`: delete a stage's stack."""

from faultline.cli.command_failure import telling_of_interruption
from faultline.cli.confirmation import confirm_by_typing, require_terminal
from faultline.cli.options import Aws, Port, Stage, Yes
from faultline.cli.stage_access import stage_access
from infra.deploy.teardown import Effect, Teardown, delete
from infra.deploy.teardown import teardown as planned_teardown
from sandbox.process.lifecycle import DEFAULT_PORT


def teardown(stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, yes: Yes = False) -> None:
    """Delete the stack, and list the resources that are kept; on AWS this asks for the stage's name."""
    at = stage_access(stage_name, port, aws=aws)
    planned = planned_teardown(at.session, at.settings)
    if planned is None:
        print(f"{at.settings.stack_name} is not deployed; resources kept by an earlier deletion remain")
        return
    for line in described(planned):
        print(line)
    if not planned.is_protected and at.endpoint_url is None and not yes:
        confirm(at.settings.name)
    with telling_of_interruption(
        "CloudFormation goes on with what it has begun; repeat the command to delete the rest"
    ):
        delete(at.session, planned)
    print(f"{planned.name} is deleted")


def described(planned: Teardown) -> list[str]:
    """Return lines that list the resources to keep and those whose data is lost, and count the others."""
    if planned.stack_arn is None:
        incomplete = f"{planned.name} is not deployed, but its earlier deletion was incomplete."
        return [incomplete, "Deleted:", *map(_line, planned.loses)]
    return [
        "Kept:",
        *map(_line, planned.stays),
        "Deleted:",
        *map(_line, planned.loses),
        f"  {planned.others} other resources without data",
    ]


def confirm(stage: str) -> None:
    """Ask for the stage's name in the terminal.

    Raises:
        CommandFailed: If there is no terminal, or another name is entered.
        KeyboardInterrupt: If the question is interrupted.
    """
    require_terminal("teardown")
    confirm_by_typing(stage, f"Type the stage's name ({stage}) to delete it:")


def _line(effect: Effect) -> str:
    return f"  {effect.name} ({effect.kind}): {effect.why}"
