"""Client library for the HTTP API, independent of the stack and the sandbox."""

from typing import TYPE_CHECKING, Any

from faultline.client.calls import Filters, NewTask, Options, Selection
from faultline.client.client import Client
from faultline.client.errors import (
    ApiProblem,
    ApiUnreachable,
    CallFailed,
    InvalidSetting,
    InvalidTaskId,
    MissingApiKey,
    UnexpectedResponse,
)
from faultline.client.exchange import Submitted
from faultline.client.retries import Retries
from lambdas.domain.batch import BatchState
from lambdas.domain.errors import Category
from lambdas.domain.kind_of_work import KindOfWork
from lambdas.domain.lifecycle import Status
from lambdas.domain.pause import KindState
from lambdas.domain.receipt import Receipt
from lambdas.domain.stats import Stats
from lambdas.domain.task import Task, TaskSummary
from lambdas.http.bulk_result import BulkResult

if TYPE_CHECKING:
    from faultline.client.async_client import AsyncClient

__all__ = [
    "ApiProblem",
    "ApiUnreachable",
    "AsyncClient",
    "BatchState",
    "BulkResult",
    "CallFailed",
    "Category",
    "Client",
    "Filters",
    "InvalidSetting",
    "InvalidTaskId",
    "KindOfWork",
    "KindState",
    "MissingApiKey",
    "NewTask",
    "Options",
    "Receipt",
    "Retries",
    "Selection",
    "Stats",
    "Status",
    "Submitted",
    "Task",
    "TaskSummary",
    "UnexpectedResponse",
]


def __getattr__(name: str) -> Any:
    """Import AsyncClient on first access, so that commands start without importing asyncio."""
    if name != "AsyncClient":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from faultline.client.async_client import AsyncClient

    return AsyncClient
