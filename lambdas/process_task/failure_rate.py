"""Rate of simulated failures, an SSM parameter that can be changed at any time."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from lambdas.telemetry.logs import logger

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

CACHE_SECONDS = 5


class FailureRate:
    """Reader of the stage's failure rate.

    Args:
        client: SSM client.
        parameter: Name of the parameter.
    """

    def __init__(self, client: "SSMClient", parameter: str) -> None:
        self._provider = SSMProvider(boto3_client=client)
        self._parameter = parameter
        self._last = 0.0

    def read(self) -> float:
        """Return the rate, from 0 to 1, which is cached for CACHE_SECONDS.

        A parameter that is unreadable or invalid must not make real work fail: the problem is logged, and the
        last valid value is used, or 0 if there is none.
        """
        try:
            self._last = _rate(str(self._provider.get(self._parameter, max_age=CACHE_SECONDS)))
        except (GetParameterError, ValueError) as error:
            logger.warning("failure rate unreadable", parameter=self._parameter, reason=str(error))
        return self._last


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate <= 1:
        raise ValueError(f"{rate} is not from 0 to 1")
    return rate
