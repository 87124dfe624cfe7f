"""`faultline sbom`: what the functions' artifact is made of."""

from typing import Annotated

import typer
from rich.table import Table

from faultline.cli.display import out
from faultline.cli.options import Stage
from infra.deploy.components import components
from infra.deploy.packaging import build, lambda_platform
from infra.deploy.sbom import sbom as bill
from infra.stages import DEFAULT_STAGE, stage


def sbom(
    stage_name: Stage = DEFAULT_STAGE,
    licences: Annotated[
        bool, typer.Option("--licences", help="Only the licences, and where their texts are in the artifact.")
    ] = False,
) -> None:
    """Print the bill of materials (CycloneDX, JSON) of the artifact that AWS would be given."""
    artifact = build(lambda_platform(stage(stage_name).architecture))
    if not licences:
        print(bill(artifact))
        return
    table = Table("library", "version", "licence", "texts")
    for each in components(artifact):
        table.add_row(each.name, each.version, each.licence, "\n".join(each.texts))
    out.print(table)
