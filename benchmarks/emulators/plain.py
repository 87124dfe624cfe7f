"""LocalStack without our plug-ins, except those that the stack needs to run, and a fast exit."""

from pathlib import Path

from benchmarks.emulators import launcher
from benchmarks.emulators.emulator import Emulator
from sandbox.process import launch, paths, service_index
from sandbox.process.state_file import Sandbox

_TITLE = "LocalStack"

KEPT = ("listen_address", "dynamodb", "s3", "xray", "prompt_exit")
"""The entries of sandbox/plugins.py to install: those that the stack needs to run, and a fast exit."""


def start(port: int) -> Sandbox:
    """Start LocalStack (see `launcher.launch`)."""

    def environment(identity: str, volume: Path) -> dict[str, str]:
        ours = launch.environment(port, identity, volume, paths.cache_dir())
        del ours["GATEWAY_SERVER"], ours["IN_MEMORY_CLIENT"]  # settings that save time
        ours["SANDBOX_PLUGINS"] = ",".join(KEPT)
        ours.pop("SANDBOX_SPEED", None)
        service_index.provide(volume, paths.cache_dir(), ours)
        return ours

    return launcher.launch(
        title=_TITLE,
        command=launch.command(),
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
