"""The API's OpenAPI document, generated from the handlers' own routes and types.

Powertools generates an OpenAPI 3.1 document for each resolver and merges them. Before that, each operation is
marked with the function that serves it.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.exceptions import OpenAPIMergeError
from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge

from infra.errors import InvalidApi

FUNCTION = "x-faultline-function"
"""The OpenAPI extension that gives the short name of the function that serves an operation."""

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})

_NEVER_ANSWERED = "422"
"""Powertools documents this status for every validated route; ours respond with 400 and a problem."""

Resolvers = Mapping[str, APIGatewayRestResolver]
"""The resolvers by the short names of their functions."""


def resolvers() -> Resolvers:
    """Return the resolvers of the functions behind the API."""
    from lambdas.manage_tasks.handler import app as manage_tasks
    from lambdas.submit_task.handler import app as submit_task

    return {"submit_task": submit_task, "manage_tasks": manage_tasks}


def document(apis: Resolvers) -> dict[str, Any]:
    """Return one OpenAPI 3.1 document of all routes, each operation marked with `FUNCTION`.

    Raises:
        InvalidApi: Two functions claim the same route, or have different models of the same name.
    """
    merge = OpenAPIMerge(title="Faultline", version="1", on_conflict="error")
    models: dict[str, Any] = {}
    for function, resolver in apis.items():
        schema = json.loads(_schema(resolver))
        for path_item in schema["paths"].values():
            for method in METHODS & path_item.keys():
                path_item[method][FUNCTION] = function
                path_item[method]["responses"].pop(_NEVER_ANSWERED, None)
                for parameter in path_item[method].get("parameters", []):
                    parameter["schema"] = _without_null(parameter["schema"])
        for name, model in schema.get("components", {}).get("schemas", {}).items():
            if models.setdefault(name, model) != model:
                raise InvalidApi(f"two functions define different models named {name}")
        merge.add_schema(schema)
    try:
        return merge.get_openapi_schema()
    except OpenAPIMergeError as error:
        raise InvalidApi(str(error)) from error


@cache
def _schema(resolver: APIGatewayRestResolver) -> str:
    """Return the OpenAPI document of one function as JSON text. Powertools takes 0.1 s to generate it."""
    return resolver.get_openapi_schema().model_dump_json(by_alias=True, exclude_none=True)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Remove null from a parameter's schema, since an optional parameter is absent rather than null."""
    real = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(real) != 1:
        return schema
    return {**real[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
