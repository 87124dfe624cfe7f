"""Exceptions that keep a delivered message from being acknowledged, so that SQS delivers it again."""


class Redeliver(Exception):
    """The message must be delivered again, although the function has not failed; the text says why."""


class AttemptFailed(Redeliver):
    """The attempt failed, which has already been recorded and logged."""


class AttemptStillRunning(Redeliver):
    """An attempt of the task is still running, so the message must be delivered again later."""
