"""Options that several commands share."""

from typing import Annotated, Literal

import typer

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The sandbox's port on 127.0.0.1.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StageName = Literal["dev", "test", "staging", "prod"]
Stage = Annotated[StageName, typer.Option("--stage", envvar="STAGE", help="Which stage.")]
