"""Division of many submissions into batches."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from faultline.client.calls import submission
from faultline.client.errors import ApiProblem
from lambdas.domain import strict_json
from lambdas.domain.batch import MAX_ID_LENGTH, MAX_TASKS
from lambdas.http.problems import ProblemType

MAX_BATCH_BYTES = 3 * 1024 * 1024
"""Maximum size of the tasks in one batch, somewhat below the API's own limit."""

_FIELD = re.compile(r"tasks\.([0-9]{1,3})\.(type|payload)", re.ASCII)


def chunks(tasks: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Convert tasks to bodies of `POST /tasks`, in chunks that fit into a batch, by number and by size.

    Raises:
        ValueError: If an option of a task is given twice; see `faultline.client.calls.submission`.
    """
    chunk: list[dict[str, Any]] = []
    room = MAX_BATCH_BYTES
    for body in map(submission, tasks):
        text = _encoded(body)
        size = len(text) if isinstance(text, bytes) else 0
        if chunk and (len(chunk) == MAX_TASKS or size > room):
            yield chunk
            chunk, room = [], MAX_BATCH_BYTES
        chunk.append(body)
        room -= size
    if chunk:
        yield chunk


def not_json(body: Mapping[str, Any]) -> ApiProblem | None:
    """Return a problem if JSON cannot represent a submission, for example a NaN in it; None if it can."""
    if isinstance(found := _encoded(body), bytes):
        return None
    problem = ProblemType.INVALID_REQUEST
    detail = f"The task is not JSON: {found}"
    return ApiProblem(HTTPStatus.BAD_REQUEST, {"type": problem.uri, "title": problem.title, "detail": detail})


def unusable_kinds(problem: ApiProblem) -> set[int]:
    """Return the places of the tasks for whose kinds of work, unusable at present, a batch was refused."""
    return _places(problem, "type")


def unchecked(problem: ApiProblem) -> set[int]:
    """Return the places of tasks for which a batch was refused, as they cannot be checked at present.

    If some kinds are unusable, these are theirs alone: a payload may be validated in the next attempt.
    """
    return unusable_kinds(problem) or _places(problem, "payload")


def _places(problem: ApiProblem, field: str) -> set[int]:
    if not problem.is_a(ProblemType.UNAVAILABLE):
        return set()
    found = map(_FIELD.fullmatch, (each.field for each in problem.errors))
    return {int(each[1]) for each in found if each and each[2] == field}


def part_id(batch_id: str, suffix: str) -> str:
    """Return the id of a part of a batch, a digest if it would be too long otherwise."""
    id = f"{batch_id}.{suffix}"
    if len(id) <= MAX_ID_LENGTH or len(batch_id) > MAX_ID_LENGTH:  # one that the API refuses itself
        return id
    return f"part-{hashlib.sha256(id.encode()).hexdigest()[:32]}"


def _encoded(body: Mapping[str, Any]) -> bytes | Exception:
    """Return a body as JSON, or the reason why it cannot be JSON."""
    try:
        return strict_json.dumps(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return error
