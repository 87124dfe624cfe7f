"""Deployment of the stack in a container once LocalStack is ready."""

import os
import sys

from faultline.cli.curl import first_steps
from faultline.cli.file_versions import versions
from faultline.cli.retried_build import build_when_fixed
from faultline.operations import target
from faultline.operations.failure_rate import set_failure_rate
from faultline.operations.session import EmulatorSession
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.packaging import Artifact, build, local_platform
from infra.errors import InfraError, InvalidProject
from infra.project.local_secrets import provide_secrets
from infra.stages import StageSettings
from sandbox.container.main import PORT
from sandbox.container.settings import ContainerSettings
from sandbox.process.launch import HOST


def main() -> None:
    """Deploy the stage named by the environment and print its URLs; exit with 1 and a reason on failure."""
    settings = ContainerSettings.read(os.environ)
    inside = f"http://{HOST}:{PORT}"
    session = EmulatorSession(inside, os.environ.get("REGION") or target.DEFAULT_REGION)
    print(f"faultline: deploying {settings.stage.stack_name} ...", flush=True)
    try:
        artifact = _built(settings.stage)
        provide_secrets(session, settings.stage, lambda line: print(f"faultline: {line}", flush=True))
        found = deploy(session, settings.stage, artifact, resolvers())
        if settings.failure_rate is not None:
            # Not in the template, so that `faultline deploy` keeps the rate.
            set_failure_rate(session, settings.stage, settings.failure_rate)
    except InfraError as error:
        sys.exit(f"faultline: {error}")
    endpoint = f"http://{HOST}:{settings.port}"
    api = found.api_url.replace(inside, endpoint)
    steps = "\n".join(f"  {line}" for line in first_steps(api, settings.stage))
    print(
        f"\nfaultline: {settings.stage.stack_name} is ready\n"
        f"  API       {api}\n"
        f"  Endpoint  {endpoint}   (export AWS_ENDPOINT_URL={endpoint})\n\n"
        f"Submit a task:\n"
        f"{steps}\n",
        flush=True,
    )


def _built(settings: StageSettings) -> Artifact:
    """Build the artifact; if a project cannot be imported, wait until it is fixed."""
    project = settings.project
    before = versions(project.package) if project else {}
    try:
        return build(local_platform(), project=project)
    except InvalidProject as error:
        if project is None:
            raise
        return build_when_fixed(settings, project.package, before, error)


if __name__ == "__main__":
    main()
