"""`faultline openapi`: print the API's OpenAPI document, or its reference."""

from contextlib import suppress
from typing import Annotated

import typer

from faultline.cli.display import print_json
from faultline.cli.options import Aws, Port, Stage
from faultline.cli.stage_access import stage_access
from faultline.operations.errors import NoTarget
from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from infra.api.reference.markdown import markdown
from infra.api.reference.source import sections
from infra.deploy.outputs import outputs
from infra.deploy.packaging import kinds_of
from infra.errors import AwsUnavailable, StackMissing
from infra.stages import DEFAULT_STAGE, stage
from sandbox.process.lifecycle import DEFAULT_PORT


def openapi(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the reference of the API instead, as Markdown.")
    ] = False,
) -> None:
    """Print the API's OpenAPI 3.1 document as JSON, including its URL if the stage is deployed."""
    settings, url = stage(stage_name or DEFAULT_STAGE), None
    with suppress(AwsUnavailable, NoTarget, StackMissing):
        at = stage_access(stage_name, port, aws=aws)
        url = outputs(at.session, at.settings).api_url
    document = client_document(settings, resolvers(), url, kinds_of(settings.project))
    if as_markdown:
        print(markdown(document, sections()), end="")
    else:
        print_json(document)
