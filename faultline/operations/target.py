"""Target of a command: AWS on request, else the emulator in AWS_ENDPOINT_URL, else a running sandbox.

The target is determined once. Clients receive the endpoint as a value, so that nothing in the environment can
redirect a call later (`faultline.operations.session`).
"""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError

from faultline.operations.errors import NoTarget
from faultline.operations.session import AwsSession, EmulatorSession
from infra.deploy.endpoint import is_aws
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox

DEFAULT_REGION = "us-east-1"
TARGET_VARIABLE = "FAULTLINE_TARGET"
"""Environment variable with the default target of commands: `aws` or `sandbox`."""
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
"""Environment variable with the endpoint of an emulator, such as a sandbox in a container."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A boto3 session with a description of its target.

    Attributes:
        endpoint_url: Endpoint of an emulator; None for AWS.
    """

    session: boto3.Session
    description: str
    endpoint_url: str | None = None

    @property
    def is_aws(self) -> bool:
        """Whether the target is AWS."""
        return self.endpoint_url is None


def of_sandbox(sandbox: Sandbox) -> Target:
    """Create the target for a sandbox."""
    return _emulator(sandbox.endpoint_url, f"the sandbox at {sandbox.endpoint_url}")


def find(port: int, *, aws: bool = False) -> Target:
    """Find the target of a command that does not start a sandbox itself.

    Args:
        port: Port of the sandbox.
        aws: Whether the target must be AWS.

    Raises:
        NoTarget: If there is no region or there are no credentials for AWS, AWS_ENDPOINT_URL is not the URL
            of an emulator, or no sandbox is running on `port`.
    """
    if aws or _asks_for_aws():
        return _aws()
    if emulator := emulator_in_variable():
        return emulator
    if sandbox := lifecycle.find(port):
        return of_sandbox(sandbox)
    option = "" if port == lifecycle.DEFAULT_PORT else f" --port {port}"
    raise NoTarget(
        f"no sandbox runs on port {port}; to start one: faultline up{option}. "
        f"For AWS, add --aws or set {TARGET_VARIABLE}=aws"
    )


def emulator_in_variable() -> Target | None:
    """Return the emulator at AWS_ENDPOINT_URL, or None if the variable is not set.

    Raises:
        NoTarget: If AWS_ENDPOINT_URL is not the URL of an emulator.
    """
    url = os.environ.get(ENDPOINT_VARIABLE)
    return _emulator(_checked(url), url) if url else None


def _asks_for_aws() -> bool:
    match os.environ.get(TARGET_VARIABLE, ""):
        case "aws":
            return True
        case "" | "sandbox":
            return False
        case other:
            raise NoTarget(f"{TARGET_VARIABLE} must be aws or sandbox, not {other!r}")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NoTarget(f"{ENDPOINT_VARIABLE} must be a URL such as http://127.0.0.1:4566, not {url!r}")
    if is_aws(url):
        raise NoTarget(
            f"{ENDPOINT_VARIABLE} is an endpoint of AWS, {url}; to use AWS, unset it and add --aws"
        )
    return url


def _emulator(url: str, description: str) -> Target:
    session = EmulatorSession(url, os.environ.get("REGION") or DEFAULT_REGION)
    return Target(session=session, description=description, endpoint_url=url)


def _aws() -> Target:
    """Create the target for AWS, with the caller's profile, region and credentials."""
    try:
        region = os.environ.get("REGION") or os.environ.get("AWS_REGION")
        session = AwsSession(region)
        has_credentials = session.get_credentials() is not None
    except BotoCoreError as error:
        raise NoTarget(f"AWS cannot be used: {error}") from error
    if session.region_name is None:
        raise NoTarget("no region is set for AWS; set AWS_REGION")
    if not has_credentials:
        raise NoTarget("there are no credentials for AWS; set AWS_PROFILE, or log in")
    return Target(session=session, description=f"AWS ({session.region_name})")
