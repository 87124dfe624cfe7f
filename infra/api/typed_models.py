"""Models of the API without schemas that admit any value.

API Gateway creates a model from each schema under `components/schemas`. All of AWS's examples of models have
a type, and no page says that one without a type (`JsonValue: {}`) is accepted, so none is sent:
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
Models admit properties that they do not describe, so leaving one out forbids nothing.
"""

from typing import Any

Schema = dict[str, Any]

_REF = "#/components/schemas/"


def typed_models(models: dict[str, Schema]) -> dict[str, Schema]:
    """Return the models that have a type, each without members that lack one or refer to such a model."""
    kept = models
    while True:
        typed = {name: schema for name, model in kept.items() if (schema := _typed(model, kept))}
        if typed == kept:
            return typed
        kept = typed


def without_untyped_bodies(operation: Schema, models: dict[str, Schema]) -> Schema:
    """Return an operation without bodies whose models are not among `models`."""
    operation = operation | {
        "responses": {
            status: _with_known_content(response, models)
            for status, response in operation["responses"].items()
        }
    }
    if "requestBody" in operation:
        body = _with_known_content(operation.pop("requestBody"), models)
        # Unlike a response, a request body must have content.
        if "content" in body:
            operation["requestBody"] = body
    return operation


def _with_known_content(body: Schema, models: dict[str, Schema]) -> Schema:
    content = {
        media_type: value
        for media_type, value in body.get("content", {}).items()
        if _typed(value["schema"], models)
    }
    return {key: value for key, value in body.items() if key != "content"} | (
        {"content": content} if content else {}
    )


def _typed(schema: Schema, models: dict[str, Schema]) -> Schema | None:
    """Return a schema without its untyped members; None if it has no type itself."""
    if "$ref" in schema:
        return schema if schema["$ref"].removeprefix(_REF) in models else None
    if "type" not in schema:
        return None
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {
            name: typed for name, value in schema["properties"].items() if (typed := _typed(value, models))
        }
    if "items" in schema:
        # OpenAPI 3.0 requires the items of an array, so an array of untyped values cannot be described.
        items = _typed(schema["items"], models)
        if items is None:
            return None
        result["items"] = items
    return result
