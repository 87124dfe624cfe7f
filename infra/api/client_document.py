"""The OpenAPI 3.1 document for the API's clients, including API Gateway's own responses.

`infra.api.openapi` describes the functions' responses. This module adds API Gateway's own responses, the
API's URL, the payload of each kind of work, and the descriptions and examples of `infra.api.reference`.
"""

from typing import Any

from infra.api.authentication import security_schemes
from infra.api.gateway_dialect import reachable
from infra.api.gateway_errors import GATEWAY_PROBLEMS
from infra.api.openapi import FUNCTION, METHODS, Resolvers, document
from infra.api.reference.enrichment import enrich
from infra.api.reference.source import sections
from infra.stages import StageSettings
from lambdas.http.problems import CONTENT_TYPE, ProblemType
from lambdas.http.resolver import CORRELATION_HEADER
from lambdas.work.kinds import KINDS
from lambdas.work.registry import Registry

Schema = dict[str, Any]

_MODELS = "#/components/schemas/"
_CORRELATION_ID = {
    "description": "The request's own X-Correlation-Id, or the id of the request.",
    "schema": {"type": "string"},
}
_RETRY_AFTER = {
    "description": "Seconds after which the request may be repeated.",
    "schema": {"type": "integer", "minimum": 0},
}
_LOCATION = {
    "description": "URL of what was submitted, relative to the API's URL.",
    "schema": {"type": "string", "format": "uri-reference"},
}
_SUBMISSIONS = ("/tasks", "/batches")


def client_document(
    settings: StageSettings, apis: Resolvers, url: str | None, kinds: Registry = KINDS
) -> Schema:
    """Return the OpenAPI 3.1 document of a stage, without extensions.

    Args:
        settings: The stage.
        apis: The resolvers behind the API.
        url: The API's URL; None, which omits `servers`, if it is not deployed.
        kinds: The kinds of work.

    Raises:
        InvalidApi: The resolvers' documents contradict each other (`infra.api.openapi.document`), or the
            reference does not match their routes.
    """
    api = document(apis)
    models = api["components"]["schemas"]
    for path_item in api["paths"].values():
        for method in METHODS & path_item.keys():
            operation = path_item[method]
            del operation[FUNCTION]
            operation["responses"] = _with_gateway_answers(operation)
    _add_kinds(models, kinds)
    _add_links(api["paths"])
    _add_headers(api["paths"])
    used = reachable(api["paths"], models)
    _open_responses(api["paths"], models)
    enrich(api, sections())
    schemes = security_schemes(settings.authentication)
    return {
        "openapi": api["openapi"],
        "info": api["info"],
        **({"servers": [{"url": url}]} if url else {}),
        **({"security": [{name: []} for name in schemes]} if schemes else {}),
        "tags": api["tags"],
        "paths": api["paths"],
        "components": {
            "schemas": {name: models[name] for name in sorted(used)},
            **({"securitySchemes": schemes} if schemes else {}),
        },
    }


def _open_responses(paths: Schema, models: dict[str, Schema]) -> None:
    """Allow further members in the models that only responses have.

    A later version may add some, and strict clients refuse what a document forbids.
    """
    operations = [path_item[method] for path_item in paths.values() for method in METHODS & path_item.keys()]
    answered = reachable([operation["responses"] for operation in operations], models)
    asked = reachable([{**operation, "responses": None} for operation in operations], models)
    for name in answered - asked:
        if models[name].get("additionalProperties") is False:
            del models[name]["additionalProperties"]


def _with_gateway_answers(operation: Schema) -> Schema:
    """Return an operation's responses including API Gateway's, ordered by status.

    Powertools' description of a 500 is left out, because `lambdas.http.resolver` responds with a problem.
    """
    answers = {status: answer for status, answer in operation["responses"].items() if status != "500"}
    possible = GATEWAY_PROBLEMS | ({ProblemType.TOO_LARGE} if "requestBody" in operation else set())
    for problem in sorted(possible, key=lambda each: (each.status, each.uri)):
        answers.setdefault(
            str(problem.status.value),
            {
                "description": problem.title,
                "content": {CONTENT_TYPE: {"schema": {"$ref": f"{_MODELS}Problem"}}},
            },
        )
    return dict(sorted(answers.items()))


def _add_links(paths: Schema) -> None:
    """Link the submission of a task to the operations on that task, and a page of a list to the next.

    https://spec.openapis.org/oas/v3.1.0#link-object
    """
    named = {
        path_item[method]["operationId"]: path
        for path, path_item in paths.items()
        for method in METHODS & path_item.keys()
    }
    of_a_task = {
        f"{name}OfTheTask": {"operationId": name, "parameters": {"taskId": "$response.body#/taskId"}}
        for name, path in sorted(named.items())
        if "{taskId}" in path
    }
    submitted = paths["/tasks"]["post"]["responses"]
    for status in ("200", "202"):
        submitted[status]["links"] = of_a_task
    listing = paths["/tasks"]["get"]
    listing["responses"]["200"]["links"] = {
        "nextPage": {
            "operationId": listing["operationId"],
            "parameters": {"nextToken": "$response.body#/nextToken"},
        }
    }


def _add_headers(paths: Schema) -> None:
    """Add the headers of responses, each of which API Gateway's own responses may lack."""
    for path, path_item in paths.items():
        for method in METHODS & path_item.keys():
            is_submission = method == "post" and path in _SUBMISSIONS
            for status, answer in path_item[method]["responses"].items():
                answer["headers"] = {
                    CORRELATION_HEADER: _CORRELATION_ID,
                    **({"Retry-After": _RETRY_AFTER} if status in ("429", "503", "504") else {}),
                    **({"Location": _LOCATION} if is_submission and status < "300" else {}),
                }


def _add_kinds(models: dict[str, Schema], kinds: Registry) -> None:
    """Add the kinds of work to the model of a submission, each with its payload."""
    submission = models["Submission"]
    submission["properties"]["type"]["enum"] = sorted(kind.name for kind in kinds)
    submission["allOf"] = []
    for kind in kinds:
        payload = kind.payload.model_json_schema(ref_template=f"{_MODELS}{{model}}")
        models.update(payload.pop("$defs", {}))
        name = kind.payload.__name__
        models[name] = payload
        submission["allOf"].append(
            {
                "if": {"properties": {"type": {"const": kind.name}}, "required": ["type"]},
                "then": {"properties": {"payload": {"$ref": f"{_MODELS}{name}"}}},
            }
        )
