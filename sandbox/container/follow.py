"""Live output of requests, attempts and reloads in a project's container, as in `faultline up --reload`."""

import os
import threading

from faultline.cli.live_output import print_live_output
from faultline.operations import target
from faultline.operations.session import EmulatorSession
from infra.deploy.packaging import kinds_of
from sandbox.container.main import PORT
from sandbox.container.settings import ContainerSettings
from sandbox.process.launch import HOST


def main() -> None:
    """Print events until the container ends, or nothing if there is no project."""
    settings = ContainerSettings.read(os.environ).stage
    project = settings.project
    if project is None:
        return

    def check() -> None:
        kinds_of(project, handlers=False)

    session = EmulatorSession(f"http://{HOST}:{PORT}", os.environ.get("REGION") or target.DEFAULT_REGION)
    print_live_output(session, settings, project.package, check, until=_for_ever)


def _for_ever() -> None:
    threading.Event().wait()


if __name__ == "__main__":
    main()
