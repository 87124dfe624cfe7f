"""Gateway responses: API Gateway's own responses, as defined by an API.

LocalStack drops `x-amazon-apigateway-gateway-responses` when it imports an API, and uses only the status of a
gateway response: an unknown route answers "Missing Authentication Token" regardless of the API's definition.
Errors that are not gateway errors are answered as plain text.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

import json
import logging
from typing import Any

from localstack.services.plugins import Service, aws_provider

from sandbox.services.apigateway.response_templates import Variables

LOG = logging.getLogger(__name__)
EXTENSION = "x-amazon-apigateway-gateway-responses"
_VALIDATION = {"BAD_REQUEST_PARAMETERS", "BAD_REQUEST_BODY"}


@aws_provider(api="apigateway", name="faultline")
def apigateway() -> Service:
    """Return LocalStack's provider with our corrections."""
    from localstack.services.apigateway.legacy import provider as imports
    from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import (
        GatewayExceptionHandler,
    )
    from localstack.services.apigateway.next_gen.provider import ApigatewayNextGenProvider
    from localstack.services.moto import MotoFallbackDispatcher
    from localstack.utils.patch import Patch

    from sandbox.services.apigateway import imported_document, lambda_integration

    lambda_integration.install()
    Patch.function(GatewayExceptionHandler.__call__, _handle).apply()
    Patch.function(GatewayExceptionHandler.create_exception_response, _respond).apply()
    import_api = imports.import_api_from_openapi_spec

    def import_with_responses(rest_api: Any, context: Any, open_api_spec: dict[str, Any], mode: str) -> Any:
        _import_responses(rest_api, context, open_api_spec.get(EXTENSION) or {}, mode)
        imported_document.name_by_title(rest_api, open_api_spec)
        honoured = imported_document.without_ignored_schemes(open_api_spec)
        return import_api(rest_api, context=context, open_api_spec=honoured, mode=mode)

    Patch(imports, "import_api_from_openapi_spec", import_with_responses).apply()
    return Service.for_provider(ApigatewayNextGenProvider(), dispatch_table_factory=MotoFallbackDispatcher)


def _import_responses(rest_api: Any, context: Any, responses: dict[str, Any], mode: str) -> None:
    """Store a document's gateway responses as PutGatewayResponse does, so that deployments copy them."""
    from localstack.aws.api.apigateway import BadRequestException
    from localstack.services.apigateway.helpers import get_rest_api_container
    from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
        DEFAULT_GATEWAY_RESPONSES,
        build_gateway_response,
    )

    known: dict[Any, Any] = get_rest_api_container(context, rest_api.id).gateway_responses
    if mode == "overwrite":
        known.clear()
    for kind, response in responses.items():
        if kind not in DEFAULT_GATEWAY_RESPONSES:
            raise BadRequestException(f"Invalid gateway response type: {kind}")
        status = response.get("statusCode")
        known[kind] = build_gateway_response(
            kind,
            status_code=None if status is None else str(status),
            response_parameters=response.get("responseParameters"),
            response_templates=response.get("responseTemplates"),
            default_response=False,
        )


def _handle(handle: Any, handler: Any, chain: Any, exception: Exception, context: Any, response: Any) -> None:
    """Turn an unexpected exception into a gateway error, as AWS does."""
    from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
        BaseGatewayException,
        InternalServerError,
    )

    if not isinstance(exception, BaseGatewayException):
        LOG.error("API Gateway failed to answer", exc_info=exception)
        exception = InternalServerError("Internal server error")
    handle(handler, chain, exception, context, response)


def _respond(respond: Any, handler: Any, exception: Any, context: Any) -> Any:
    """Add the gateway response's body and headers to LocalStack's response, which has the right status."""
    from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
        get_gateway_response_or_default,
    )

    context.context_variables["error"].update(
        messageString=json.dumps(exception.message),
        validationErrorString=exception.message if exception.type in _VALIDATION else "",
    )
    customised = get_gateway_response_or_default(
        exception.type, context.deployment.rest_api.gateway_responses
    )
    variables = Variables.of(context)
    response = respond(handler, exception, context)
    content_type, template = _template(customised["responseTemplates"])
    response.set_data(variables.render(template))
    response.headers.set("Content-Type", content_type)
    for name, value in variables.headers(customised["responseParameters"]).items():
        response.headers.set(name, value)
    return response


def _template(templates: dict[str, str]) -> tuple[str, str]:
    """Return the content type and text of the JSON template, or of the first one if there is none."""
    content_type = "application/json" if "application/json" in templates else next(iter(templates))
    return content_type, templates[content_type]
