"""The same LocalStack without our plug-ins, except for those that it needs without Docker and Java."""

from pathlib import Path

from benchmarks.emulators import launcher, plain_localstack
from benchmarks.emulators.emulator import Emulator
from sandbox.process import launch, paths, service_index
from sandbox.process.state_file import Sandbox

_TITLE = "LocalStack"


def start(port: int) -> Sandbox:
    """Start LocalStack (see `launcher.launch`)."""

    def environment(identity: str, volume: Path) -> dict[str, str]:
        ours = launch.environment(port, identity, volume, paths.cache_dir())
        # Settings of ours that only make it faster, or that choose a plug-in that it does not need.
        for name in ("IN_MEMORY_CLIENT", "PROVIDER_OVERRIDE_EVENTS"):
            del ours[name]
        ours["PROVIDER_OVERRIDE_DYNAMODB"] = "moto"  # not quickened
        service_index.provide(volume, paths.cache_dir(), ours)
        return ours

    return launcher.launch(
        title=_TITLE,
        command=[str(launch.interpreter()), "-P", plain_localstack.__file__],
        environment=environment,
        port=port,
        health="/_localstack/health",
    )


EMULATOR = Emulator(
    name="plain",
    title=_TITLE,
    version="2026.3.0",
    setup="LocalStack with its own event source mapping, FIFO queues, API Gateway and CloudFormation, and "
    "its default settings. Of this project's plug-ins it keeps those without which nothing would run here: "
    "the one that runs functions as processes (its own needs Docker), DynamoDB on moto (its own needs Java), "
    "S3's folder and the address that it listens on.",
    max_tasks=300,
    start=start,
)
