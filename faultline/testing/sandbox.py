"""Sandboxes for test sessions."""

import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

import boto3

from faultline.client.api import ApiClient
from faultline.operations import target
from faultline.operations.api import api_client
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.packaging import build, local_platform
from infra.project.local_secrets import provide_secrets
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process import lifecycle


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox with the project deployed to it.

    Attributes:
        endpoint_url: Endpoint of the emulated AWS services.
        session: A boto3 session configured for that endpoint.
        settings: The settings of the deployed stage.
        api: A client for the stage's API.
    """

    endpoint_url: str
    session: boto3.Session
    settings: StageSettings
    api: ApiClient

    def client(self, service: str) -> Any:
        """Create a boto3 client for an AWS service, such as `s3`."""
        session: Any = self.session
        return session.client(service)


@contextmanager
def running() -> Iterator[Sandbox]:
    """Context manager that starts a sandbox on a free port and deploys the project to it.

    The stage is `dev`, without random failures.
    """
    settings = replace(stage(DEFAULT_STAGE), failure_rate=0.0)
    artifact = build(local_platform(), project=settings.project)
    with _interrupted_once():
        started = lifecycle.start(port=0)
        try:
            session = target.of_sandbox(started).session
            provide_secrets(session, settings, lambda line: warnings.warn(line, stacklevel=1))
            deploy(session, settings, artifact, resolvers())
            yield Sandbox(
                endpoint_url=started.endpoint_url,
                session=session,
                settings=settings,
                api=api_client(session, settings),
            )
        finally:
            lifecycle.stop(started.port, only=started)


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """End pytest on SIGTERM or SIGHUP as on Ctrl-C, once, so that nothing interrupts the sandbox's end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, lambda *_: None)
        raise KeyboardInterrupt

    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: found for each in ending if (found := signal.getsignal(each)) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        for each, found in before.items():
            signal.signal(each, found)
