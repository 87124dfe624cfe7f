"""Faults of LocalStack and moto in API Gateway whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect
from pathlib import Path

from localstack.services.apigateway.helpers import import_api_from_openapi_spec
from localstack.services.apigateway.next_gen.execute_api.gateway_response import MissingAuthTokenError
from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import (
    GatewayExceptionHandler,
)
from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from moto.apigateway.models import APIGatewayBackend


def test_import_drops_gateway_responses() -> None:
    """The OpenAPI import ignores gateway responses (sandbox.services.apigateway.gateway_responses)."""
    assert "GATEWAY_RESPONSES" not in inspect.getsource(import_api_from_openapi_spec)


def test_import_ignores_case_of_the_key_header() -> None:
    """The import accepts the key header in any case, unlike AWS (apigateway.imported_document)."""
    assert '.lower() == "x-api-key"' in inspect.getsource(import_api_from_openapi_spec)


def test_import_keeps_the_apis_name() -> None:
    """The import does not name an API by its document's title, unlike AWS (apigateway.imported_document)."""
    assert '# rest_api.name = resolved_schema.get("info", {}).get("title")' in inspect.getsource(
        import_api_from_openapi_spec
    )


def test_gateway_responses_have_no_body() -> None:
    """Gateway responses lack their configured body and headers (apigateway.gateway_responses)."""
    error = MissingAuthTokenError("Missing Authentication Token")
    content = GatewayExceptionHandler._build_response_content(error)
    assert content == '{"message": "Missing Authentication Token"}'
    assert "TODO apply responseParameters" in inspect.getsource(GatewayExceptionHandler)


def test_other_failures_are_no_gateway_responses() -> None:
    """An error that is not a gateway error is answered as text (apigateway.gateway_responses)."""
    assert "Error in apigateway invocation" in inspect.getsource(GatewayExceptionHandler.__call__)


def test_nothing_is_throttled() -> None:
    """No request handler raises throttling errors (sandbox.services.apigateway.usage_plans)."""
    package = Path(inspect.getfile(GatewayExceptionHandler)).parents[1]
    sources = [file.read_text() for file in package.rglob("*.py") if file.name != "gateway_response.py"]
    assert not [source for source in sources if "ThrottledError" in source or "QuotaExceededError" in source]


def test_a_deleted_key_stays_in_its_plans() -> None:
    """Deleting a key leaves it in its usage plans (sandbox.services.apigateway.api_keys)."""
    assert "usage_plan_keys" not in inspect.getsource(APIGatewayBackend.delete_api_key)


def test_every_request_comes_from_one_address() -> None:
    """A request's source address is always 127.0.0.1 (sandbox.services.apigateway.source_address)."""
    source = inspect.getsource(InvocationRequestParser.create_context_variables)
    assert 'sourceIp="127.0.0.1",  # TODO' in source
