"""Permission check for a function's segments: its role must allow xray:PutTraceSegments.

The daemon uploads with the role's credentials
(https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html#xray-daemon-permissions); without the
permission, segments are dropped without an error.
"""

import time
from collections.abc import Callable

from sandbox.common.log_and_continue import contained
from sandbox.services.iam.function_credentials import Owner

REMEMBER_SECONDS = 1.0
"""Time for which a role's verdict is cached: policies may change, but are not read for each segment."""


class Upload:
    """The permission of one function to upload segments, remembered for REMEMBER_SECONDS."""

    def __init__(self, function: Owner, clock: Callable[[], float] = time.monotonic) -> None:
        self._function = function
        self._clock = clock
        self._asked_at: float | None = None
        self._allowed = False

    def is_allowed(self) -> bool:
        """Return whether the role allows uploads, or does not exist, as in `iam.permissions`."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at > REMEMBER_SECONDS:
            self._allowed, self._asked_at = False, now
            with contained(f"the permission of {self._function.arn}"):
                self._allowed = self._ask()
        return self._allowed

    def _ask(self) -> bool:
        # Imported late: it also imports moto's IAM, and the daemon starts with LocalStack.
        from sandbox.services.iam.permissions import role
        from sandbox.services.iam.permissions.calls import Need
        from sandbox.services.iam.permissions.conditions import context_of

        try:
            policies = role.policies(self._function.role_arn)
        except role.NoRole:
            return True
        context = context_of(self._function.role_arn.split(":")[4], self._function)
        return role.verdict(policies, Need("xray:PutTraceSegments", None), context) is role.Verdict.ALLOWED
