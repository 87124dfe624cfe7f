"""Query parameters of GET /tasks."""

from enum import StrEnum
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import TimeLimit
from lambdas.domain.submission import KindName, OrderingKey, Reference, Tag


class View(StrEnum):
    """Level of detail of the tasks in a list."""

    SUMMARY = "summary"
    FULL = "full"


Statuses = Annotated[
    list[Status],
    Query(
        alias="status",
        max_length=len(Status),
        description="Only tasks in this state, or in one of these states.",
    ),
]
OfType = Annotated[KindName | None, Query(alias="type", description="Only tasks of this kind of work.")]
OfCategory = Annotated[
    Category | None, Query(alias="category", description="Only tasks whose last error has this category.")
]
OfErrorType = Annotated[
    str | None,
    Query(
        alias="errorType",
        min_length=1,
        max_length=200,
        description="Only tasks whose last error has this type.",
    ),
]
OfReasonGroup = Annotated[
    str | None,
    Query(
        alias="reasonGroup",
        min_length=1,
        max_length=200,
        description="Only tasks whose error message is in this group, as named by the statistics and the "
        "report on dead letters: the message with placeholders for ids, times and numbers.",
    ),
]
OfOrderingKey = Annotated[
    OrderingKey | None, Query(alias="orderingKey", description="Only tasks with this ordering key.")
]
OfReference = Annotated[
    Reference | None, Query(alias="reference", description="Only tasks with this reference.")
]
Tagged = Annotated[Tag | None, Query(alias="tag", description="Only tasks with this tag.")]
WithText = Annotated[
    str | None,
    Query(
        alias="text",
        min_length=1,
        max_length=128,
        description="Only tasks whose id, reference or error message contains this text, ignoring case.",
    ),
]
SubmittedAfter = Annotated[
    TimeLimit | None, Query(alias="submittedAfter", description="Only tasks submitted at this time or later.")
]
SubmittedBefore = Annotated[
    TimeLimit | None, Query(alias="submittedBefore", description="Only tasks submitted before this time.")
]
DiedAfter = Annotated[
    TimeLimit | None,
    Query(alias="diedAfter", description="Only dead letters that were given up at this time or later."),
]
DiedBefore = Annotated[
    TimeLimit | None,
    Query(alias="diedBefore", description="Only dead letters that were given up before this time."),
]
Limit = Annotated[int, Query(alias="limit", ge=1, le=100, description="Maximum number of tasks.")]
NextToken = Annotated[
    str | None,
    Query(alias="nextToken", min_length=1, max_length=2048, description="Token from the previous page."),
]
ViewOf = Annotated[
    View, Query(alias="view", description="Whether to include payloads, results and histories.")
]
