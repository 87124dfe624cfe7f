"""The HTTP API for faults, at LocalStack's own endpoint.

GET /_faultline/faults          200 {faults: [rule with id and hits...]}
PUT /_faultline/faults          replaces all with {faults: [rule...], seed?}: 200, as GET
POST /_faultline/faults         adds a rule: 201, the rule with id and hits
DELETE /_faultline/faults       removes all: 204
DELETE /_faultline/faults/{id}  removes one: 204, or 404

Errors are application/problem+json (RFC 9457). A 400 names every invalid field.
"""

import json
from http import HTTPStatus
from typing import Any

from localstack.http import Request, Response
from pydantic import ValidationError

from sandbox.faults.faults import FAULTS
from sandbox.faults.rule import Rule, RuleSet, offences

PATH = "/_faultline/faults"


def install() -> None:
    """Add the routes. LocalStack's handler chain tries them before AWS's operations."""
    from localstack.services.edge import ROUTER

    for method, handler in (("GET", get), ("PUT", put), ("POST", post), ("DELETE", clear)):
        ROUTER.add(PATH, handler, methods=[method])
    ROUTER.add(f"{PATH}/<id>", delete, methods=["DELETE"])


def get(_request: Request) -> Response:
    """Return all rules."""
    return _json({"faults": [each.as_json() for each in FAULTS.all()]})


def put(request: Request) -> Response:
    """Replace all rules."""
    try:
        given = RuleSet.model_validate_json(request.get_data())
    except ValidationError as error:
        return _refused(error)
    return _json({"faults": [each.as_json() for each in FAULTS.replace(given.faults, given.seed)]})


def post(request: Request) -> Response:
    """Add a rule."""
    try:
        rule = Rule.model_validate_json(request.get_data())
    except ValidationError as error:
        return _refused(error)
    return _json(FAULTS.add(rule).as_json(), HTTPStatus.CREATED)


def clear(_request: Request) -> Response:
    """Remove all rules."""
    FAULTS.replace([])
    return Response(status=HTTPStatus.NO_CONTENT)


def delete(_request: Request, id: str) -> Response:
    """Remove a rule; respond with 404 if there is none with the id."""
    if not FAULTS.remove(id):
        return _problem(HTTPStatus.NOT_FOUND, "Not found", f"There is no fault {id}.")
    return Response(status=HTTPStatus.NO_CONTENT)


def _refused(error: ValidationError) -> Response:
    found = offences(error)
    detail = "; ".join(f"{field}: {message}" for field, message in found.items())
    errors = [{"field": field, "message": message} for field, message in found.items()]
    return _problem(HTTPStatus.BAD_REQUEST, "The rule is not valid", detail, errors=errors)


def _problem(status: HTTPStatus, title: str, detail: str, **more: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return _json(body, status, "application/problem+json")


def _json(body: Any, status: int = HTTPStatus.OK, content_type: str = "application/json") -> Response:
    return Response(json.dumps(body), status=int(status), content_type=content_type)
