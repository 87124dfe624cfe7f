"""Filters of tasks, as given by clients in bulk calls."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, TimeLimit
from lambdas.domain.submission import KindName, OrderingKey, Reference, Tag, TaskId

MAX_TASK_IDS = 100
"""Maximum number of ids in a filter, which is the number of items that DynamoDB reads in one call."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Filter(JsonModel):
    """Conditions on tasks, all of which must hold."""

    task_ids: Annotated[
        list[TaskId] | None,
        Field(min_length=1, max_length=MAX_TASK_IDS, description="Tasks with one of these ids."),
    ] = None
    status: Annotated[
        Annotated[list[Status], Field(min_length=1, max_length=len(Status))] | None,
        BeforeValidator(_listed, json_schema_input_type=Status | list[Status] | None),
        Field(description="Tasks in this state, or in one of these states."),
    ] = None
    type: Annotated[KindName | None, Field(description="Tasks of this kind of work.")] = None
    category: Annotated[Category | None, Field(description="Tasks whose error has this category.")] = None
    error_type: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Tasks whose error has this type.")
    ] = None
    reason_group: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="Tasks whose error message is in this group, as named by the statistics and the "
            "report on dead letters: the message with placeholders for ids, times and numbers.",
        ),
    ] = None
    ordering_key: Annotated[OrderingKey | None, Field(description="Tasks with this ordering key.")] = None
    reference: Annotated[Reference | None, Field(description="Tasks with this reference.")] = None
    tag: Annotated[Tag | None, Field(description="Tasks with this tag.")] = None
    submitted_after: Annotated[
        TimeLimit | None, Field(description="Tasks submitted at this time or later.")
    ] = None
    submitted_before: Annotated[TimeLimit | None, Field(description="Tasks submitted before this time.")] = (
        None
    )
    died_after: Annotated[
        TimeLimit | None, Field(description="Dead letters that were given up at this time or later.")
    ] = None
    died_before: Annotated[
        TimeLimit | None, Field(description="Dead letters that were given up before this time.")
    ] = None

    @property
    def is_empty(self) -> bool:
        """Whether the filter has no conditions and so matches all tasks."""
        return not self.model_dump(exclude_none=True)
