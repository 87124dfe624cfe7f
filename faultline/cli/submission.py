"""Submission of a task, whose id is known also if it is interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from uuid6 import uuid7

from faultline.cli.command_failure import CommandFailed
from faultline.client import ApiProblem, ApiUnreachable, CallFailed, Client, Options
from lambdas.domain.receipt import Receipt


def submitted(client: Client, payload: dict[str, object], options: Options) -> Receipt:
    """Submit a task, and return its receipt.

    Raises:
        CommandFailed: If the submission is interrupted or fails, so that the task may exist. The message has
            its id, with which the command can be repeated.
        CallFailed: If the submission is refused.
    """
    given = options.get("task_id")
    id = str(uuid7()) if given is None else given  # the API refuses an empty one
    options = {**options, "task_id": id}
    try:
        return client.submit(payload, **options)
    except KeyboardInterrupt:
        what = "interrupted"
    except CallFailed as error:
        if _is_refused(error):
            raise
        what = str(error)
    raise CommandFailed(
        f"{what}; it may have been submitted: to make sure, repeat the command with --id {id}"
    )


def _is_refused(error: CallFailed) -> bool:
    match error:
        case ApiProblem(status=status):
            return status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS
        case ApiUnreachable():
            return not error.may_pass
        case _:
            return False


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
        raise CommandFailed(f"{error}; {fact}") from error
