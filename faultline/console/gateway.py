"""The console's way to the stage: reads for all screens, and changes only where they are allowed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from faultline.client.api import Answer, ApiClient
from faultline.client.errors import ApiUnreachable
from faultline.console.action import Action, Operation
from faultline.console.readings import Readings
from faultline.operations import bulk
from faultline.operations.bulk import Progress
from faultline.operations.errors import OperationFailed
from infra.errors import InfraError
from infra.stages import StageSettings
from lambdas.domain.private_fields import PrivateFields
from lambdas.telemetry.masking import Masking

_PAUSE_SECONDS = 1.0
"""The pause between two calls that change many tasks, so that those of one have begun before the next."""


class Unavailable(Exception):
    """The stage did not answer as it should; the message is one line for a person.

    Attributes:
        status: The HTTP status; None when there was no answer of the API.
        fields: The messages of fields that were refused.
    """

    def __init__(
        self, message: str, *, status: int | None = None, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields = fields or {}


class ReadOnly(Unavailable):
    """A change was asked for, and this console only reads."""

    def __init__(self) -> None:
        super().__init__("this console is read-only; start it with --write to change something")


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Access to a stage, never on the event loop's thread.

    Attributes:
        description: Where the stage is, for people.
        endpoint_url: The endpoint of an emulator; None for AWS.
        place: The options by which a command finds the same stage.
        is_writable: Whether it may change anything.
        readings: What was read lately, for all tabs.
    """

    api: ApiClient = field(repr=False)
    session: boto3.Session = field(repr=False)
    settings: StageSettings
    description: str
    endpoint_url: str | None
    place: tuple[str, ...]
    is_writable: bool
    readings: Readings = field(default_factory=Readings, repr=False)

    async def read(self, path: str, *, max_age: float = 0.0, **query: Any) -> Any:
        """Return the body that the API answers a GET with.

        Args:
            path: The path of the API.
            max_age: The seconds that an answer to the same call of any tab may be old; 0 for a new one.
            query: The parameters; those that are empty are left out.

        Raises:
            Unavailable: If the API does not answer, or not with a 2xx.
        """
        given = {name: value for name, value in query.items() if value not in (None, "", [])}

        async def ask() -> Any:
            return _body(await _off_the_loop(lambda: self.api.call("GET", path, params=given)))

        return await self.readings.read(f"GET {path}?{urlencode(given, doseq=True)}", ask, max_age=max_age)

    async def operation[T](
        self, name: str, ask: Callable[[boto3.Session, StageSettings], T], *, max_age: float = 0.0
    ) -> T:
        """Return what a reading operation returns (`faultline.operations`).

        Args:
            name: What it reads, with all that it depends on.
            ask: The operation.
            max_age: The seconds that its result for any tab may be old; 0 for a new one.

        Raises:
            Unavailable: If it fails.
        """

        async def asking() -> T:
            return await _off_the_loop(lambda: ask(self.session, self.settings))

        return await self.readings.read(name, asking, max_age=max_age)

    async def change(self, action: Action | Operation) -> Any:
        """Do an action, and return the body of the answer; None for an operation.

        Raises:
            ReadOnly: If the console may not change anything.
            Unavailable: If the API does not answer, or refuses it.
        """
        if isinstance(action, Operation):
            return await self.changing(lambda: action.do(self.session, self.settings))
        return _body(await self.changing(lambda: self.api.call(action.method, action.path, json=action.body)))

    async def preview(self, action: Action) -> dict[str, Any]:
        """Return what an action on many tasks would find. Raises what `change` raises."""
        self.require_writable()
        return await _off_the_loop(lambda: bulk.preview(self._call(action), {**(action.body or {})}))

    async def change_all(self, action: Action, progress: Progress) -> None:
        """Do an action on many tasks, call by call. Raises what `change` raises.

        Args:
            action: The action.
            progress: With the filter of the preview. What is done is added to it, also before an error.
        """
        rest = {name: value for name, value in (action.body or {}).items() if name != "filter"}
        await self.changing(
            lambda: bulk.repeat(
                self._call(action),
                rest,
                progress,
                limit=None,
                pause_seconds=_PAUSE_SECONDS,
                tell=lambda _: None,
            )
        )

    def _call(self, action: Action) -> bulk.Call:
        return lambda request: self.api.call(action.method, action.path, json=request)

    async def changing[T](self, do: Callable[[], T]) -> T:
        """Do something else that changes the stage or its sandbox. Raises what `change` raises."""
        self.require_writable()
        try:
            return await _off_the_loop(do)
        finally:  # also after an error: the change may have been made all the same
            self.readings.forget()

    def require_writable(self) -> None:
        """Refuse any change in a console that only reads.

        Raises:
            ReadOnly: If this is one.
        """
        if not self.is_writable:
            raise ReadOnly

    def masked(self, value: object) -> Any:
        """Return a value without its private fields, as the stage's logs have it."""
        return Masking(PrivateFields.of(self.settings.masked_fields)).masked(value)


async def _off_the_loop[T](call: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(call)
    except (ApiUnreachable, OperationFailed, InfraError) as error:
        raise Unavailable(str(error).splitlines()[0]) from error
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(" ".join(str(error).split())) from error


def _body(answer: Answer) -> Any:
    if answer.ok:
        return answer.body
    refused = answer.body.get("errors", []) if isinstance(answer.body, dict) else []
    raise Unavailable(
        answer.problem(),
        status=answer.status,
        fields={each["field"]: each["message"] for each in refused},
    )
