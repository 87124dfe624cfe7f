"""How often attempts fail at random: an SSM parameter that an operator changes while it runs."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from lambdas.telemetry.logs import logger

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

CACHE_SECONDS = 5


class FailureRate:
    """The rate from 0 to 1; always 0 where the stage has no such parameter."""

    def __init__(self, client: "SSMClient", parameter: str) -> None:
        self._provider = SSMProvider(boto3_client=client)
        self._parameter = parameter
        self._last = 0.0

    def read(self) -> float:
        """The rate as it is now, at most CACHE_SECONDS old.

        A parameter that cannot be read, or is no rate, must not fail real work: the last good value
        stands, and the log says why.
        """
        if not self._parameter:
            return 0.0
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
