"""The filter of bulk calls, as clients write it."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import GivenTime, JsonModel
from lambdas.domain.submission import KindName, OrderingKey, Reference, Tag, TaskId

MAX_TASK_IDS = 100
"""The number of items that DynamoDB reads in one call."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Filter(JsonModel):
    """Which tasks are meant: those that all conditions apply to."""

    task_ids: Annotated[
        list[TaskId] | None,
        Field(min_length=1, max_length=MAX_TASK_IDS, description="With one of these ids."),
    ] = None
    status: Annotated[
        Annotated[list[Status], Field(min_length=1, max_length=len(Status))] | None,
        BeforeValidator(_listed, json_schema_input_type=Status | list[Status] | None),
        Field(description="In this state, or in one of these."),
    ] = None
    type: Annotated[KindName | None, Field(description="Of this kind of work.")] = None
    category: Annotated[Category | None, Field(description="With an error of this category.")] = None
    error_type: Annotated[
        str | None, Field(min_length=1, max_length=200, description="With an error of this type.")
    ] = None
    reason_group: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="With an error of this reason, as statistics and the report on dead letters have it: "
            "the message without its numbers and ids.",
        ),
    ] = None
    ordering_key: Annotated[OrderingKey | None, Field(description="Of this ordering key.")] = None
    reference: Annotated[Reference | None, Field(description="With this reference.")] = None
    tag: Annotated[Tag | None, Field(description="With this tag.")] = None
    submitted_after: Annotated[GivenTime | None, Field(description="Submitted then or later.")] = None
    submitted_before: Annotated[GivenTime | None, Field(description="Submitted before then.")] = None
    died_after: Annotated[
        GivenTime | None, Field(description="Given up then or later, and still a dead letter.")
    ] = None
    died_before: Annotated[
        GivenTime | None, Field(description="Given up before then, and still a dead letter.")
    ] = None

    @property
    def is_empty(self) -> bool:
        """Whether it has no conditions and so matches all tasks."""
        return not self.model_dump(exclude_none=True)
