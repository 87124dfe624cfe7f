"""Translation of Powertools' OpenAPI 3.1 into the dialect that API Gateway imports.

REST APIs import OpenAPI 3.0, whose models are JSON Schema draft 4, with exceptions:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
(under "Amazon API Gateway important notes for REST APIs"). Constraints that models cannot express are left
out, so that a model admits at least everything that the functions accept. The exception is null: the import
ignores `nullable`, so a nullable field is given its other type alone. Only the functions validate a body.
"""

import re
from collections.abc import Iterator
from typing import Any

from infra.api.openapi import METHODS
from infra.api.typed_models import typed_models, without_untyped_bodies
from infra.errors import InvalidApi

OPENAPI_VERSION = "3.0.1"

Schema = dict[str, Any]

_REF = "#/components/schemas/"
_KEPT_IN_SCHEMA = frozenset(
    {"type", "description", "format", "enum", "required", "pattern"}
    | {"minLength", "maxLength", "minimum", "maximum", "multipleOf"}
)
_KEPT_IN_OPERATION = ("operationId", "summary", "description", "tags")
_KEPT_IN_PARAMETER = ("name", "in", "required", "description")
_UNSUPPORTED_FORMATS = frozenset({"int32", "int64", "decimal"})


def to_api_gateway(openapi: dict[str, Any]) -> dict[str, Any]:
    """Translate an API into API Gateway's dialect. Extensions (`x-...`) of operations are kept.

    Args:
        openapi: An OpenAPI 3.1 document whose models are under `components/schemas`.

    Raises:
        InvalidApi: If a parameter is a cookie, or two different models' names differ only in punctuation.
    """
    models: dict[str, Schema] = {}
    for name, model in openapi.get("components", {}).get("schemas", {}).items():
        _add_model(models, name, _schema(model))
    paths = {
        path: {method: _operation(path_item[method], models) for method in sorted(METHODS & path_item.keys())}
        for path, path_item in sorted(openapi["paths"].items())
    }
    models = typed_models(models)
    paths = {
        path: {method: without_untyped_bodies(operation, models) for method, operation in path_item.items()}
        for path, path_item in paths.items()
    }
    used = reachable(paths, models)
    return {
        "openapi": OPENAPI_VERSION,
        "info": {key: openapi["info"][key] for key in ("title", "version")},
        "paths": paths,
        "components": {"schemas": {name: models[name] for name in sorted(used)}},
    }


def _operation(operation: Schema, models: dict[str, Schema]) -> Schema:
    result = {key: operation[key] for key in _KEPT_IN_OPERATION if key in operation}
    result |= {key: value for key, value in operation.items() if key.startswith("x-")}
    name = operation.get("operationId", "")
    if parameters := operation.get("parameters"):
        result["parameters"] = [_parameter(parameter, models) for parameter in parameters]
    if body := operation.get("requestBody"):
        result["requestBody"] = {
            "required": body.get("required", False),
            "content": _content(body["content"], f"{name}Request", models),
        }
    result["responses"] = {}
    for status, response in operation["responses"].items():
        result["responses"][status] = {"description": response.get("description", "")}
        if content := response.get("content"):
            result["responses"][status]["content"] = _content(content, f"{name}{status}", models)
    return result


def _parameter(parameter: Schema, models: dict[str, Schema]) -> Schema:
    """Reduce a parameter to the members that the import does not ignore."""
    if parameter["in"] not in {"path", "query", "header"}:
        raise InvalidApi(f"API Gateway does not support parameters in a {parameter['in']}")
    schema = _schema(parameter.get("schema", {}))
    while "$ref" in schema:
        schema = models[schema["$ref"].removeprefix(_REF)]
    kind = schema.get("type", "string")
    return {key: parameter[key] for key in _KEPT_IN_PARAMETER if key in parameter} | {
        "schema": {"type": kind, **({"items": {"type": "string"}} if kind == "array" else {})}
    }


def _content(content: Schema, name: str, models: dict[str, Schema]) -> Schema:
    """Replace inline schemas with references to models: API Gateway accepts no primitives in a response."""
    result = {}
    for media_type, value in content.items():
        schema = _schema(value.get("schema", {}))
        if "$ref" not in schema:
            schema = {"$ref": _REF + _add_model(models, name, schema)}
        result[media_type] = {"schema": schema}
    return result


def _add_model(models: dict[str, Schema], name: str, model: Schema) -> str:
    """Add a model under a name that API Gateway accepts, and return that name."""
    name = _model_name(name)
    if models.setdefault(name, model) != model:
        raise InvalidApi(f"two models of the API would have the name {name}")
    return name


def reachable(paths: Any, models: dict[str, Schema]) -> set[str]:
    """Return the names of the models that the paths refer to, directly or through other models."""
    found: set[str] = set()
    todo = [*_references(paths)]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += _references(models[name])
    return found


def _references(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(reference := tree.get("$ref"), str):
            yield reference.removeprefix(_REF)
        for value in tree.values():
            yield from _references(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _references(value)


def _model_name(name: str) -> str:
    """Reduce a name to letters and digits, the characters that API Gateway accepts in a model's name."""
    return re.sub("[^A-Za-z0-9]", "", name)


def _schema(schema: Schema | bool) -> Schema:
    """Translate JSON Schema 2020-12 into API Gateway's subset of draft 4, which does not admit null."""
    if isinstance(schema, bool):
        return {}
    if "$ref" in schema:
        return {"$ref": _REF + _model_name(schema["$ref"].removeprefix(_REF))}
    for combination in ("anyOf", "oneOf", "allOf"):
        if combination in schema:
            return _only_one_of(schema[combination], schema)
    result = {key: value for key, value in schema.items() if key in _KEPT_IN_SCHEMA}
    if isinstance(result.get("type"), list):
        return _only_one_of([{**schema, "type": kind} for kind in result["type"]], schema)
    if result.get("format") in _UNSUPPORTED_FORMATS:
        del result["format"]
    if "const" in schema:
        result["enum"] = [schema["const"]]
    for exclusive, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if exclusive in schema:
            result[inclusive] = schema[exclusive]
    if "properties" in schema:
        result["properties"] = {name: _schema(value) for name, value in schema["properties"].items()}
    if result.get("type") == "array":
        # OpenAPI 3.0 requires the items of an array.
        result["items"] = _schema(schema.get("items", {}))
    return result


def _only_one_of(alternatives: list[Schema], around: Schema) -> Schema:
    """Return the alternative that is not null if it is the only one, else a schema that admits anything."""
    real = [schema for schema in alternatives if schema.get("type") != "null"]
    if len(real) != 1:
        return {key: around[key] for key in ("description",) if key in around}
    return _schema(real[0])
