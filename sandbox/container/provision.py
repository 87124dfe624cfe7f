"""Deployment of the stack in a container once LocalStack is ready."""

import os
import sys

from faultline.cli.curl import first_steps
from faultline.operations import target
from faultline.operations.session import EmulatorSession
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.packaging import build, local_platform
from infra.errors import InfraError
from infra.project.local_secrets import provide_secrets
from sandbox.container.main import CACHE, PORT
from sandbox.container.settings import ContainerSettings
from sandbox.process.launch import HOST


def main() -> None:
    """Deploy the stage named by the environment and print its URLs; exit with 1 and a reason on failure."""
    settings = ContainerSettings.read(os.environ)
    inside = f"http://{HOST}:{PORT}"
    session = EmulatorSession(inside, os.environ.get("REGION") or target.DEFAULT_REGION)
    print(f"faultline: deploying {settings.stage.stack_name} ...", flush=True)
    try:
        artifact = build(local_platform(), cache=CACHE, project=settings.stage.project)
        provide_secrets(session, settings.stage)
        found = deploy(session, settings.stage, artifact, resolvers())
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


if __name__ == "__main__":
    main()
