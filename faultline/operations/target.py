"""Find the target of a command: the endpoint in AWS_ENDPOINT_URL, else a running sandbox, else AWS."""

import os
from dataclasses import dataclass

import boto3

from faultline.operations.errors import NoTarget
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A boto3 session and a description of the place that it leads to."""

    session: boto3.Session
    description: str


def of_sandbox(sandbox: Sandbox) -> Target:
    """Return a sandbox as the target, with test credentials in place of the user's own.

    Sets AWS_ENDPOINT_URL in this process: every client reads it, while a boto3 session has no endpoint.
    """
    os.environ["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
    return Target(session=_emulated(), description=f"the sandbox at {sandbox.endpoint_url}")


def find(port: int) -> Target:
    """Return the target of a command that does not start a sandbox itself.

    Raises:
        NoTarget: If no endpoint is set, no sandbox runs on `port`, and AWS has no region or no credentials.
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
    """Return a session with test credentials: an emulator takes any, but requests must be signed."""
    return boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 # not a secret
        region_name=_region() or DEFAULT_REGION,
    )


def _region() -> str | None:
    return os.environ.get("REGION") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
