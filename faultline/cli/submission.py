"""Submission of a task, whose id is known also if it is interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager

from uuid6 import uuid7

from faultline.cli.command_failure import CommandFailed
from faultline.client import CallFailed, Client, Options
from lambdas.domain.receipt import Receipt


def submitted(client: Client, payload: dict[str, object], options: Options) -> Receipt:
    """Submit a task, and return its receipt.

    Raises:
        CommandFailed: If the submission is interrupted or fails, so that the task may exist. The message has
            its id, with which the command can be repeated.
        CallFailed: If the submission is refused, or was never sent.
    """
    given = options.get("task_id")
    id = str(uuid7()) if given is None else given  # the API refuses an empty one
    options = {**options, "task_id": id}
    try:
        return client.submit(payload, **options)
    except KeyboardInterrupt:
        what = "interrupted"
    except CallFailed as error:
        if not error.may_be_done:
            raise
        what = str(error).removesuffix(".")
    raise CommandFailed(
        f"{what}; it may have been submitted: to make sure, repeat the command with --id {id}"
    )


@contextmanager
def stating(fact: str) -> Iterator[None]:
    """State a fact with the failure or interruption of a call that follows it.

    Raises:
        CommandFailed: If a call fails or is interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise CommandFailed(f"interrupted; {fact}") from None
    except CallFailed as error:
        raise CommandFailed(f"{str(error).removesuffix('.')}; {fact}") from error
