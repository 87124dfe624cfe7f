"""Exceptions of operations, whose messages are single lines for people.

OperationFailed
├── ApiKeyRefused   the API key cannot be created or revoked
├── NoTarget        no sandbox, emulator or AWS account was found
├── FaultsFailed    the endpoint cannot inject faults, or rejects the given ones
├── Unanswered      a call was not answered, and may have been performed
└── SmokeTaskFailed the first task after a deployment did not succeed
"""


class OperationFailed(Exception):
    """The operation failed, or found nothing."""


class ApiKeyRefused(OperationFailed):
    """The API key cannot be created or revoked."""


class NoTarget(OperationFailed):
    """No sandbox, emulator or AWS account was found."""


class FaultsFailed(OperationFailed):
    """The endpoint cannot inject faults, or rejects the given ones."""


class Unanswered(OperationFailed):
    """The API failed, or a gateway answered instead, so the call may have been performed, or may still be."""


class SmokeTaskFailed(OperationFailed):
    """The first task after a deployment did not succeed."""
