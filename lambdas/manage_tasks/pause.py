"""Pausing and resuming kinds of work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lambdas.domain.pause import KindState, Pause
from lambdas.domain.requester import Requester
from lambdas.http.problems import ApiError, ProblemType
from lambdas.http.unusable_kind import unusable_kind
from lambdas.store.holds import Hold, Holds
from lambdas.store.waiting_keys import kind_key
from lambdas.telemetry import events
from lambdas.work.registry import KindUnusable, Registry, UnknownKind

MAX_REASON_LENGTH = 500


def pause_of(hold: Hold | None) -> Pause | None:
    """Convert a hold to its form in the API; return None if no hold is in effect."""
    if hold is None or hold.since is None:
        return None
    return Pause(since=hold.since, reason=hold.reason, by=hold.by)


@dataclass(frozen=True, kw_only=True)
class Pauser:
    """Pauses and resumes kinds of work.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects a request or is
    unavailable, and can be retried.

    Attributes:
        holds: The holds of the stage.
        kinds: Function that returns the kinds of work.
        now: Function that returns the current time.
    """

    holds: Holds
    kinds: Callable[[], Registry]
    now: Callable[[], datetime]

    def pause(self, kind: str, *, reason: str | None, by: Requester) -> KindState:
        """Pause a kind of work, whose tasks then wait; if it is already paused, replace the reason.

        Raises:
            ApiError: There is no such kind.
        """
        self._check(kind)
        hold = self.holds.begin(kind_key(kind), reason=reason, by=by, at=self.now())
        events.kind_paused(kind, reason=reason, by=by)
        return KindState(name=kind, pause=pause_of(hold))

    def resume(self, kind: str, *, by: Requester) -> KindState:
        """Resume a kind of work, even one that no longer exists in the code.

        Raises:
            ApiError: There is no such kind, nor a pause of that name.
        """
        if self.holds.lift(kind_key(kind), at=self.now()):
            events.kind_resumed(kind, by=by)
        else:
            self._check(kind)
        return KindState(name=kind)

    def _check(self, kind: str) -> None:
        try:
            self.kinds()[kind]
        except KindUnusable as error:
            raise unusable_kind(error) from error
        except UnknownKind as error:
            raise ApiError(ProblemType.NOT_FOUND, f"{error}.") from error
