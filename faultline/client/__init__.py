"""A client of the HTTP API. It knows nothing of the stack or of the sandbox behind it."""

from faultline.client.async_client import AsyncClient
from faultline.client.calls import Filters, NewTask, Options
from faultline.client.client import Client
from faultline.client.errors import (
    ApiProblem,
    ApiUnreachable,
    CallFailed,
    InvalidTaskId,
    MissingApiKey,
    UnexpectedAnswer,
)
from faultline.client.exchange import Retries, Submitted
from lambdas.domain.batch import BatchState
from lambdas.domain.errors import Category
from lambdas.domain.kind_of_work import KindOfWork
from lambdas.domain.lifecycle import Status
from lambdas.domain.receipt import Receipt
from lambdas.domain.stats import Stats
from lambdas.domain.task import Task, TaskSummary

__all__ = [
    "ApiProblem",
    "ApiUnreachable",
    "AsyncClient",
    "BatchState",
    "CallFailed",
    "Category",
    "Client",
    "Filters",
    "InvalidTaskId",
    "KindOfWork",
    "MissingApiKey",
    "NewTask",
    "Options",
    "Receipt",
    "Retries",
    "Stats",
    "Status",
    "Submitted",
    "Task",
    "TaskSummary",
    "UnexpectedAnswer",
]
