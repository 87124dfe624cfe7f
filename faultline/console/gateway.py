"""Access of the console to the stage: shared readings, and changes if they are allowed."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import urlencode

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from faultline.client.api import Answer, ApiClient
from faultline.client.connection import unreachable
from faultline.client.errors import ApiUnreachable
from faultline.console.action import Action, Operation
from faultline.console.readings import Readings
from faultline.operations import bulk
from faultline.operations.bulk import Progress
from faultline.operations.errors import OperationFailed, Unanswered
from faultline.operations.session import limit_waits
from infra.errors import EXPIRED, InfraError, is_of_expired_credentials
from infra.stages import StageSettings
from lambdas.domain.private_fields import PrivateFields
from lambdas.telemetry.masking import Masking

LOG = logging.getLogger(__name__)
_PAUSE_SECONDS = 1.0
"""Pause in seconds between two bulk calls, so that the tasks of one begin before the next adds more."""

_READERS, _CHANGERS = 32, 16
"""Numbers of threads for calls that read and for those that change something.

Each call of a stage that hangs holds a thread until it times out.
"""


class Unavailable(Exception):
    """The stage did not respond, or returned an error; the message is a single line for people.

    Attributes:
        status: HTTP status; None if the API did not respond.
        fields: Error messages by field.
        may_be_done: Whether a change may have been made nevertheless, since it was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        fields: dict[str, str] | None = None,
        may_be_done: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields = fields or {}
        self.may_be_done = may_be_done

    @property
    def outcome(self) -> str:
        """Description of a change that ended with this error, in one line."""
        return f"{'It may have been done' if self.may_be_done else 'Not done'}: {self}"


class ReadOnly(Unavailable):
    """A change was requested in a read-only console."""

    def __init__(self) -> None:
        super().__init__("this console is read-only; start it with --write to change something")


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Access to a stage; its blocking calls run outside the event loop's thread.

    Attributes:
        description: Human-readable description of where the stage runs.
        endpoint_url: Endpoint of an emulator; None for AWS.
        place: Command options that select the stage.
        is_writable: Whether changes are allowed.
        readings: Recent readings, shared by all tabs.
    """

    api: ApiClient = field(repr=False)
    session: boto3.Session = field(repr=False)
    settings: StageSettings
    description: str
    endpoint_url: str | None
    place: tuple[str, ...]
    is_writable: bool
    readings: Readings = field(default_factory=Readings, repr=False)
    _readers: Executor = field(default_factory=lambda: ThreadPoolExecutor(_READERS), repr=False)
    _changers: Executor = field(default_factory=lambda: ThreadPoolExecutor(_CHANGERS), repr=False)

    def __post_init__(self) -> None:
        limit_waits(self.session)

    async def read(self, path: str, *, max_age: float = 0.0, **query: Any) -> Any:
        """Return the response body of a GET.

        Args:
            path: Path relative to the API's URL.
            max_age: Maximum age in seconds of a response that another tab has read; 0 to read again.
            query: Query parameters; empty ones are omitted.

        Raises:
            Unavailable: If the API does not respond, or returns an error.
        """
        given = {name: value for name, value in query.items() if value not in (None, "", [])}

        async def ask() -> Any:
            return _body(await _within(self._readers, lambda: self.api.call("GET", path, params=given)))

        return await self.readings.read(f"GET {path}?{urlencode(given, doseq=True)}", ask, max_age=max_age)

    async def operation[T](
        self, name: str, ask: Callable[[boto3.Session, StageSettings], T], *, max_age: float = 0.0
    ) -> T:
        """Return the result of a read-only operation (`faultline.operations`).

        Args:
            name: Key of the cached result, which includes the operation's parameters.
            ask: The operation.
            max_age: Maximum age in seconds of a cached result; 0 to read again.

        Raises:
            Unavailable: If the operation fails.
        """

        async def asking() -> T:
            return await _within(self._readers, lambda: ask(self.session, self.settings))

        return await self.readings.read(name, asking, max_age=max_age)

    async def change(self, action: Action | Operation) -> Any:
        """Perform an action, and return the response body; None for an operation.

        Raises:
            ReadOnly: If the console is read-only.
            Unavailable: If the API does not respond, or refuses the call.
        """
        if isinstance(action, Operation):
            return await self.changing(lambda: action.do(self.session, self.settings))
        return _body(await self.changing(lambda: self.api.call(action.method, action.path, json=action.body)))

    async def preview(self, action: Action) -> dict[str, Any]:
        """Make a dry run of an action on many tasks; this raises the same errors as `change`."""
        self.require_writable()
        return await _within(self._readers, lambda: bulk.preview(self._call(action), {**(action.body or {})}))

    async def change_all(self, action: Action, progress: Progress, stop: Event) -> None:
        """Perform an action on many tasks, call by call; this raises the same errors as `change`.

        Args:
            action: The action.
            progress: Progress with the filter from `preview`, updated after each call.
            stop: Event after which no further call is made.
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
                stop=stop,
            )
        )

    def _call(self, action: Action) -> bulk.Call:
        return lambda request: self.api.call(action.method, action.path, json=request)

    async def changing[T](self, do: Callable[[], T]) -> T:
        """Call a function that changes the stage or its sandbox; this raises the same errors as `change`."""
        self.require_writable()
        try:
            return await _within(self._changers, do, changes=True)
        finally:  # also after an error, since the change may have been made
            self.readings.forget()

    def require_writable(self) -> None:
        """Check that changes are allowed.

        Raises:
            ReadOnly: If the console is read-only.
        """
        if not self.is_writable:
            raise ReadOnly

    def masked(self, value: object) -> Any:
        """Mask the private fields in a value, as in the stage's logs."""
        return Masking(PrivateFields.of(self.settings.masked_fields)).masked(value)


async def _within[T](threads: Executor, call: Callable[[], T], *, changes: bool = False) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, call)
    except (ApiUnreachable, OperationFailed, InfraError) as error:
        raise Unavailable(str(error).splitlines()[0], may_be_done=_may_be_done(error)) from error
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(_line(error), may_be_done=_may_be_done(error)) from error
    except Exception as error:
        if isinstance(error, RuntimeError) and is_of_expired_credentials(error):
            raise Unavailable(EXPIRED) from error  # without credentials nothing was sent
        LOG.exception("unexpected error of a call to the stage")
        raise Unavailable(unexpected(error), may_be_done=changes) from error


def unexpected(error: Exception) -> str:
    """Describe an unexpected error in one line."""
    return f"unexpected {type(error).__name__}: {_line(error)}"


def _line(error: Exception) -> str:
    """Return an error's message in one line."""
    return " ".join(str(error).split())


def _may_be_done(error: BaseException | None) -> bool:
    """Return whether a call that ended with this error was sent, and was not answered."""
    match error:
        case None:
            return False
        case ApiUnreachable():
            return error.sent
        case httpx.HTTPError():
            return unreachable("", error).sent
        case Unanswered() | HTTPClientError():  # boto3 raises other errors if it cannot connect
            return True
        case ClientError():
            return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in bulk.NO_ANSWER
        case _:
            return _may_be_done(error.__cause__)


def _body(answer: Answer) -> Any:
    if answer.ok:
        return answer.body
    refused = answer.body.get("errors", []) if isinstance(answer.body, dict) else []
    raise Unavailable(
        answer.problem(),
        status=answer.status,
        fields={each["field"]: each["message"] for each in refused},
        may_be_done=answer.status in bulk.PERHAPS_DONE,
    )
