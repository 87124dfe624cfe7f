"""API Gateway's own answers as the API says they shall be: gateway responses.

LocalStack 4.14.0 drops `x-amazon-apigateway-gateway-responses` when it imports an API, and of a gateway
response it uses the status only. So an unknown route says "Missing Authentication Token" whatever the
API's author wrote. Beyond that, an error that is no gateway error is answered as plain text.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, arg-type, attr-defined"

import json
import logging
from typing import Any

from localstack import config
from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider

from sandbox.services.apigateway.response_templates import Variables

LOG = logging.getLogger(__name__)
EXTENSION = "x-amazon-apigateway-gateway-responses"
_VALIDATION = {"BAD_REQUEST_PARAMETERS", "BAD_REQUEST_BODY"}


@hooks.on_infra_start()
def answer_as_the_api_says() -> None:
    """Select the provider below; it is loaded with API Gateway's first request."""
    config.SERVICE_PROVIDER_CONFIG.set_provider("apigateway", "answering")


@aws_provider(api="apigateway", name="answering")
def apigateway() -> Service:
    """LocalStack's provider with gateway responses."""
    from localstack.services.apigateway.legacy import provider as imports
    from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import (
        GatewayExceptionHandler,
    )
    from localstack.services.apigateway.next_gen.provider import ApigatewayNextGenProvider
    from localstack.services.moto import MotoFallbackDispatcher
    from localstack.utils.patch import Patch

    from sandbox.services.apigateway import lambda_integration

    lambda_integration.stay_in_process()
    Patch.function(GatewayExceptionHandler.__call__, _handle).apply()
    Patch.function(GatewayExceptionHandler.create_exception_response, _respond).apply()
    import_api = imports.import_api_from_openapi_spec

    def import_with_responses(rest_api: Any, context: Any, open_api_spec: dict[str, Any], mode: str) -> Any:
        _import_responses(rest_api, context, open_api_spec.get(EXTENSION) or {}, mode)
        return import_api(rest_api, context=context, open_api_spec=open_api_spec, mode=mode)

    vars(imports).update(import_api_from_openapi_spec=import_with_responses)
    return Service.for_provider(ApigatewayNextGenProvider(), dispatch_table_factory=MotoFallbackDispatcher)


def _import_responses(rest_api: Any, context: Any, responses: dict[str, Any], mode: str) -> None:
    """Give them to the API, where PutGatewayResponse puts its own and deployments take their snapshot."""
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
    """Whatever fails is a gateway error: on AWS nothing is answered without one."""
    from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
        BaseGatewayException,
        InternalServerError,
    )

    if not isinstance(exception, BaseGatewayException):
        LOG.error("API Gateway failed to answer", exc_info=exception)
        exception = InternalServerError("Internal server error")
    handle(handler, chain, exception, context, response)


def _respond(respond: Any, handler: Any, exception: Any, context: Any) -> Any:
    """LocalStack's response, whose status is right, with the body and headers of the gateway response."""
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
    """The JSON template, or else the first; with its content type."""
    content_type = "application/json" if "application/json" in templates else next(iter(templates))
    return content_type, templates[content_type]
