"""boto3 sessions whose clients call one place, regardless of the environment.

Otherwise a variable, a profile or a configuration file may send single calls elsewhere: AWS_ENDPOINT_URL_S3,
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

    It reads no profile and no configuration file. The credentials of the caller are not sent.

    Args:
        endpoint_url: The emulator's endpoint.
        region: The region of its clients.
    """

    def __init__(self, endpoint_url: str, region: str) -> None:
        super().__init__(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 # not a secret: an emulator takes any
            region_name=region,
            botocore_session=botocore.session.Session(session_vars=_NO_FILES),
        )
        self.endpoint_url = endpoint_url

    def client(self, *args: Any, **kwargs: Any) -> Any:
        """Make a client, as boto3.Session does."""
        direct = Config(proxies={}).merge(kwargs.pop("config", None) or Config())
        return super().client(*args, **{"endpoint_url": self.endpoint_url, **kwargs, "config": direct})


class AwsSession(boto3.Session):
    """A session whose clients call AWS, and no endpoint that the environment or a file names.

    Args:
        region: The region of its clients; None for that of the profile.
    """

    def __init__(self, region: str | None) -> None:
        super().__init__(region_name=region)
        self._session.set_config_variable("ignore_configured_endpoint_urls", True)
