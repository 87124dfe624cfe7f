"""boto3 sessions whose clients all call the same target, regardless of the environment.

Otherwise a variable, a profile or a configuration file could redirect single calls: AWS_ENDPOINT_URL_S3,
AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, a `services` section of ~/.aws/config, a proxy
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
"""

from typing import Any

import boto3
import botocore.session
from botocore.config import Config

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, None, None),
    "credentials_file": (None, None, None, None),
}


class EmulatorSession(boto3.Session):
    """A session whose clients call an emulator's endpoint directly, with test credentials.

    It ignores profiles and configuration files, and does not send the caller's credentials.

    Args:
        endpoint_url: Endpoint of the emulator.
        region: Region of the clients.
    """

    def __init__(self, endpoint_url: str, region: str) -> None:
        super().__init__(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 # not a secret: an emulator accepts any value
            region_name=region,
            botocore_session=botocore.session.Session(session_vars=_NO_FILES),
        )
        self.endpoint_url = endpoint_url

    def client(self, *args: Any, **kwargs: Any) -> Any:
        """Create a client as boto3.Session.client does, but for the emulator and without a proxy."""
        direct = Config(proxies={}).merge(kwargs.pop("config", None) or Config())
        return super().client(*args, **{"endpoint_url": self.endpoint_url, **kwargs, "config": direct})


class AwsSession(boto3.Session):
    """A session whose clients call AWS, ignoring endpoints in the environment and in configuration files.

    Args:
        region: Region of the clients; None for the profile's region.
    """

    def __init__(self, region: str | None) -> None:
        super().__init__(region_name=region)
        self._session.set_config_variable("ignore_configured_endpoint_urls", True)


def limit_waits(session: boto3.Session) -> None:
    """Limit how long the clients that a session creates from now on wait for an answer.

    By default a call waits for 60 s, and is repeated up to four times:
    https://docs.aws.amazon.com/boto3/latest/guide/retries.html
    """
    limits = Config(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 2})
    session._session.set_default_client_config(limits)
