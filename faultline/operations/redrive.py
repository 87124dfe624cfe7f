"""Redriving many dead letters, in batches."""

import time
from datetime import UTC, datetime
from typing import Any

from faultline.client.api import ApiClient
from faultline.operations.errors import OperationFailed
from lambdas.domain.errors import Category
from lambdas.domain.serialization import rfc3339

BATCH_SIZE = 100
"""The most dead letters that one call of the API redrives."""
PAUSE_SECONDS = 1.0
"""The pause between two batches, so that the tasks of one have begun before the next adds more."""


def redrive_many(api: ApiClient, *, category: Category | None, limit: int | None) -> dict[str, Any]:
    """Redrive dead letters until none is left that died before the start, or `limit` is reached.

    Args:
        api: The client to redrive with.
        category: The category of errors to redrive; all when None.
        limit: The maximum number of dead letters to redrive; no maximum when None.

    Returns:
        `{redriven, more}`: how many were redriven, and whether more are left.

    Raises:
        OperationFailed: If a call fails; the message says how many were redriven before it.
        ApiUnreachable: If the API does not answer.
    """
    # Tasks that die again in the meantime are left alone; otherwise this might never end.
    selection: dict[str, Any] = {"before": rfc3339(datetime.now(UTC))}
    if category is not None:
        selection["category"] = category
    redriven = 0
    while True:
        batch = BATCH_SIZE if limit is None else min(BATCH_SIZE, limit - redriven)
        answer = api.redrive_many({**selection, "limit": batch})
        if not answer.ok:
            raise OperationFailed(f"{answer.problem()} ({redriven} were redriven before)")
        redriven += answer.body["redriven"]
        if not answer.body["more"] or redriven == limit:
            return {"redriven": redriven, "more": answer.body["more"]}
        if not answer.body["redriven"]:
            raise OperationFailed(
                f"{redriven} redriven; more are left, but the last call redrove none of them"
            )
        time.sleep(PAUSE_SECONDS)
