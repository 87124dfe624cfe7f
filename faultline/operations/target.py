"""What a command talks to: the endpoint in AWS_ENDPOINT_URL, else the sandbox that runs, else AWS."""

import os
from dataclasses import dataclass

import boto3

from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A boto3 session and what it leads to, in words."""

    session: boto3.Session
    description: str


class NoTarget(Exception):
    """There is nothing to talk to; one line says what is missing."""


def of_sandbox(sandbox: Sandbox) -> Target:
    """A sandbox, with credentials of its own kind, whatever the user's are."""
    # boto3 has no endpoint in its session: the variable is the one way that every client honours.
    os.environ["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
    return Target(session=_emulated(), description=f"the sandbox at {sandbox.endpoint_url}")


def find(port: int) -> Target:
    """The target of a command that starts nothing.

    Raises:
        NoTarget: no endpoint is set, no sandbox runs on `port`, and AWS cannot be called either.
    """
    url = os.environ.get("AWS_ENDPOINT_URL")
    if not url:
        sandbox = lifecycle.find(port)
        if sandbox:
            return of_sandbox(sandbox)
        session = boto3.Session(region_name=_region())
        if session.region_name is None or session.get_credentials() is None:
            raise NoTarget(
                f"no sandbox runs on port {port}, and AWS has no region or no credentials set; "
                "start one with: faultline up"
            )
        return Target(session=session, description=f"AWS ({session.region_name})")
    session = boto3.Session(region_name=_region() or DEFAULT_REGION)
    if session.get_credentials() is None:
        session = _emulated()
    return Target(session=session, description=url)


def _emulated() -> boto3.Session:
    """An emulator takes any credentials, but without some no request can be signed."""
    return boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 # it opens nothing
        region_name=_region() or DEFAULT_REGION,
    )


def _region() -> str | None:
    return os.environ.get("REGION") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
