"""Notice of AWS services that code which runs from disk has begun to use since its deployment."""

from contextlib import suppress

from infra.deploy.packaging import services_of
from infra.stages import StageSettings


class NewServices:
    """The services whose descriptions the deployed artifact lacks, so that their clients cannot be created.

    Args:
        settings: Settings of the deployed stage, with its project.
    """

    def __init__(self, settings: StageSettings) -> None:
        self._project = settings.project
        self._known = services_of(self._project)

    def notice(self) -> str | None:
        """Return one line about the services that were not in the code before; None if there are none."""
        new = frozenset[str]()
        with suppress(OSError, UnicodeDecodeError):  # an editor is replacing a file
            new = services_of(self._project) - self._known
        self._known |= new
        if not new:
            return None
        what = "is a new AWS service" if len(new) == 1 else "are new AWS services"
        return f"{', '.join(sorted(new))} {what} in your code; to add what its clients need: faultline deploy"
