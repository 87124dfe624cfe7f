"""`faultline callbacks`: show or rotate the secret that receivers use to verify callbacks."""

import typer
from botocore.exceptions import ClientError

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import print_json, say
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.stage_access import stage_access
from faultline.operations import callbacks
from infra.errors import AwsUnavailable
from infra.stage_names import options
from sandbox.process.lifecycle import DEFAULT_PORT

app = typer.Typer(
    help="The secret that signs callbacks.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command()
def secret(
    stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, as_json: Json = False
) -> None:
    """Print the secret that receivers use to verify callbacks and, after a rotation, the previous one."""
    at = stage_access(stage_name, port, aws=aws)
    _show(callbacks.secrets(at.session, at.settings), as_json=as_json)


@app.command()
def rotate(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Create a new secret and print it; the previous one stays valid until the next rotation."""
    at = stage_access(stage_name, port, aws=aws, changes="rotate the callback secret", yes=yes)
    try:
        valid = callbacks.rotate(at.session, at.settings)
    except (KeyboardInterrupt, AwsUnavailable) as error:
        if isinstance(error.__cause__, ClientError):
            raise  # AWS refused it
        look = f"faultline callbacks secret {options(at.settings.name, aws=at.is_aws)}"
        raise CommandFailed(
            f"{str(error) or 'interrupted'}; before you repeat it, see whether there is a new secret: {look}"
        ) from error
    _show(valid, as_json=as_json)


def _show(valid: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(zip(("current", "former"), valid, strict=False)))
        return
    for each in valid:
        print(each)
    if len(valid) > 1:
        say("Deliveries are signed with both. Give receivers the first one before you rotate again.")
