"""A small API in place of the real handlers, and the template of each stage."""

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel, Field, JsonValue

from infra.api.openapi import Resolvers
from infra.stages import STAGES, StageSettings, stage
from infra.template import template
from tests.unit.infra.rendered import CODE, Render


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Box[T](BaseModel):
    content: T


class Order(BaseModel):
    """A model with features of JSON Schema 2020-12 that API Gateway lacks."""

    name: Annotated[str, Field(pattern="^[a-z]+$", max_length=9, examples=["x"])] | None = None
    version: Literal["one"] = "one"
    rate: Annotated[float, Field(gt=0, lt=1)] = 0.5
    size: int | str = 1
    tags: Annotated[list[Colour], Field(min_length=1, max_length=3)] = Field(default_factory=list)
    extra: dict[str, JsonValue]
    box: Box[int]


class Receipt(BaseModel):
    colour: Colour


@pytest.fixture(scope="session")
def apis() -> Resolvers:
    submit = APIGatewayRestResolver(enable_validation=True)
    manage = APIGatewayRestResolver(enable_validation=True)

    @submit.post("/tasks", operation_id="submitTask")
    def submit_task(order: Order) -> Receipt:
        raise NotImplementedError

    @manage.get("/tasks", operation_id="listTasks")
    def list_tasks(
        colour: Annotated[Colour | None, Query()] = None,
        limit: Annotated[int, Query(gt=0, description="How many.")] = 9,
    ) -> list[Receipt]:
        raise NotImplementedError

    @manage.get("/tasks/<taskId>", operation_id="readTask")
    def read_task(task_id: Annotated[str, Path(alias="taskId", max_length=9)]) -> Receipt:
        raise NotImplementedError

    return {"submit_task": submit, "manage_tasks": manage}


@pytest.fixture(params=STAGES)
def settings(request: pytest.FixtureRequest) -> StageSettings:
    return stage(request.param)


@pytest.fixture(scope="session")
def render(apis: Resolvers) -> Render:
    """Render the template of a stage. Equal settings are rendered once; each caller gets its own copy."""
    texts: dict[str, str] = {}

    def render(settings: StageSettings) -> dict[str, Any]:
        key = repr(settings)
        if key not in texts:
            texts[key] = json.dumps(template(settings, CODE, apis).to_dict())
        copy: dict[str, Any] = json.loads(texts[key])
        return copy

    return render


@pytest.fixture
def rendered(settings: StageSettings, render: Render) -> dict[str, Any]:
    return render(settings)
