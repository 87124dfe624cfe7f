"""A project's secrets, read on demand from Systems Manager or Secrets Manager.

Values are cached in memory for a few minutes and stored nowhere else. They are masked in logs and tracebacks.
https://docs.aws.amazon.com/powertools/python/latest/utilities/parameters/
"""

from collections.abc import Mapping
from typing import Any

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from lambdas.application.clients import CLIENT_CONFIG
from lambdas.domain.errors import SystemFailure
from lambdas.domain.hidden_texts import hide

CACHE_SECONDS = 300
SECRETS_VARIABLE = "SECRETS"
"""Environment variable with the locations of the secrets as a JSON object; not set if there are none."""


class Secrets:
    """Callable that returns the value of a secret by its name.

    Args:
        sources: Locations of the secrets by name, such as `ssm:/my/key` or `secretsmanager:my-key`.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._providers = dict[str, Any]()

    def __call__(self, name: str) -> str:
        """Return the value of a secret, at most CACHE_SECONDS old.

        Raises:
            LookupError: No secret has that name.
            SystemFailure: The secret cannot be read.
        """
        if name not in self._sources:
            there = ", ".join(sorted(self._sources)) or "none"
            raise LookupError(f"no secret is named {name}; [secrets] in faultline.toml has {there}")
        service, _, place = self._sources[name].partition(":")
        options = {"decrypt": True} if service == "ssm" else {}
        try:
            value = str(self._provider(service).get(place, max_age=CACHE_SECONDS, **options))
        except GetParameterError as error:
            raise SystemFailure(f"secret {name} cannot be read from {service}:{place}: {error}") from error
        hide(value)
        return value

    def _provider(self, service: str) -> Any:
        if service not in self._providers:
            # A variable hides the service from `infra.deploy.service_models`, since few artifacts need the
            # model of Secrets Manager.
            client: Any = boto3.client(service, config=CLIENT_CONFIG)  # type: ignore[call-overload]
            make = SSMProvider if service == "ssm" else SecretsProvider
            self._providers[service] = make(boto3_client=client)
        return self._providers[service]
