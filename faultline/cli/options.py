"""Options that commands share."""

from typing import Annotated

import click
import typer

from infra.stages import STAGES

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The sandbox's port on 127.0.0.1.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Stage = Annotated[
    str,
    typer.Option("--stage", envvar="STAGE", click_type=click.Choice(list(STAGES)), help="Which stage."),
]
