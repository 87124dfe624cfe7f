"""Exceptions that keep a delivered message from being acknowledged, so that SQS delivers it again."""


class Redeliver(Exception):
    """Leave a message unacknowledged; the text says why. Not an error of the function."""


class AttemptFailed(Redeliver):
    """The attempt failed, and that has been recorded and logged."""


class NotItsTurn(Redeliver):
    """The message came too early: an attempt of its task is still running."""
