"""Errors of operations; `str()` of each is one line for a person.

OperationFailed
├── ApiKeyRefused   an API key cannot be created or revoked as asked
├── NoTarget        there is no sandbox, endpoint or AWS account to talk to
├── FaultsFailed    the endpoint cannot inject faults, or not these
└── SmokeTaskFailed the first task after a deployment has not succeeded
"""


class OperationFailed(Exception):
    """AWS refused an operator's request, or has nothing to show for it."""


class ApiKeyRefused(OperationFailed):
    """An API key cannot be created or revoked as asked."""


class NoTarget(OperationFailed):
    """There is no sandbox, endpoint or AWS account to talk to."""


class FaultsFailed(OperationFailed):
    """The endpoint cannot inject faults, or refuses these."""


class SmokeTaskFailed(OperationFailed):
    """The first task after a deployment has not succeeded."""
