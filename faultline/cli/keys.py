"""`faultline keys`: create, list and revoke the API keys of a stage's clients."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from faultline.cli.display import out, print_json, say
from faultline.cli.listing import Listing
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.stage_access import stage_access
from faultline.client.authentication import API_KEY_VARIABLE
from faultline.operations import api_keys
from lambdas.domain.serialization import rfc3339
from sandbox.process.lifecycle import DEFAULT_PORT

app = typer.Typer(
    help="API keys of a stage's clients.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The client's name: 1 to 100 of A-Z a-z 0-9 _ . -")]


@app.command()
def create(
    name: Name,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Create a key and print it; it is shown only once, so store it where you keep secrets."""
    at = stage_access(stage_name, port, aws=aws, changes="create a key", yes=yes)
    made = api_keys.create(at.session, at.settings, name)
    if as_json:
        print_json({**_described(made), "value": made.value})
        return
    print(made.value)
    say(f"Send it in the header X-Api-Key; commands read it from {API_KEY_VARIABLE}. It is not shown again.")


@app.command("list")
def list_keys(
    stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, as_json: Json = False
) -> None:
    """List the keys by client, without their values."""
    at = stage_access(stage_name, port, aws=aws)
    found = api_keys.keys(at.session, at.settings)
    if as_json:
        print_json([*map(_described, found)])
        return
    out.print(table(found))
    if not all(key.valid for key in found):
        say("A key is no longer valid when its stage has been deleted: revoke it, and create another.")


def table(keys: Iterable[api_keys.ApiKey]) -> Listing:
    """Create a listing of keys, without their values."""
    listing = Listing("name", "id", "enabled", "created at")
    for key in keys:
        enabled = ("yes" if key.enabled else "no") if key.valid else "no longer valid"
        listing.add(key.name, key.id, enabled, rfc3339(key.created_at))
    return listing


@app.command()
def revoke(
    name: Name,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete a key, so that requests with it are refused."""
    at = stage_access(stage_name, port, aws=aws, changes="revoke a key", yes=yes)
    revoked = api_keys.revoke(at.session, at.settings, name)
    if as_json:
        print_json(_described(revoked))
    else:
        print(f"{name} is revoked")


def _described(key: api_keys.ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "id": key.id,
        "enabled": key.enabled,
        "valid": key.valid,
        "createdAt": rfc3339(key.created_at),
    }
