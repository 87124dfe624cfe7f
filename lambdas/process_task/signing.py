"""Signatures of callback deliveries, made with the stage's secret."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from lambdas.domain.callback import is_delivery
from lambdas.domain.errors import SystemFailure
from lambdas.domain.task import Task
from lambdas.work.http.signature import key_of, signature_headers

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

CACHE_SECONDS = 60
"""Time in seconds that the secret is cached, and so the maximum delay until a rotation takes effect."""

type Sign = Callable[[bytes], Mapping[str, str]]
"""Function that returns the headers that sign a body."""


class Signer:
    """Signer of callback deliveries, and of no other requests.

    Args:
        make_client: Function that creates the SSM client; called at the first delivery.
        parameter: Name of the SSM parameter with the stage's secrets, separated by a space: the current one
            and, after a rotation, the previous one.
        now: Function that returns the current time.
    """

    def __init__(
        self, make_client: "Callable[[], SSMClient]", parameter: str, *, now: Callable[[], datetime]
    ) -> None:
        self._make_client = make_client
        self._parameter = parameter
        self._now = now

    def of(self, task: Task) -> Sign | None:
        """Return a function that signs the request of a delivery; None if the task is not a delivery.

        Raises:
            SystemFailure: The secret cannot be read.
        """
        if not is_delivery(task.task_id):
            return None
        keys = self._keys()
        at = self._now()
        return partial(signature_headers, keys, message_id=task.task_id, at=at)

    def _keys(self) -> list[bytes]:
        try:
            text = self._provider.get(self._parameter, max_age=CACHE_SECONDS, decrypt=True)
            keys = [key_of(secret) for secret in str(text).split()]
        except (GetParameterError, ValueError) as error:
            raise SystemFailure(f"the callback secret could not be read: {error}") from error
        if not keys:
            raise SystemFailure(f"the parameter {self._parameter} has no callback secret")
        return keys

    @cached_property
    def _provider(self) -> SSMProvider:
        return SSMProvider(boto3_client=self._make_client())
