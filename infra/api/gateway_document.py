"""The OpenAPI document that API Gateway imports: the routes, their functions, CORS and errors.

API Gateway validates parameters only. Its validator describes an invalid body in one string, while the
functions, which use the same types, list every invalid field. The models serve only documentation and
generated clients.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

import re
from typing import Any

from infra.api.authentication import request_headers, security_schemes
from infra.api.gateway_dialect import to_api_gateway
from infra.api.gateway_errors import gateway_responses
from infra.api.openapi import FUNCTION, METHODS, Resolvers, document
from infra.stages import StageSettings
from lambdas.http.resolver import CORRELATION_HEADER
from lambdas.http.security_headers import SECURITY_HEADERS

_VALIDATOR = "parameters"
_MAX_PREFLIGHT_SECONDS = 7_200
"""The longest time that Chromium caches a preflight."""
_ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def api_document(settings: StageSettings, apis: Resolvers) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document with API Gateway's extensions and CloudFormation's expressions.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html

    The document's title is the stack's name, because the import sets the API's name to the title, and metrics
    of the API have that name as a dimension:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

    Raises:
        InvalidApi: The handlers' routes or models cannot be expressed for API Gateway.
    """
    api = to_api_gateway(document(apis))
    api["info"]["title"] = settings.stack_name
    schemes = security_schemes(settings.authentication)
    if schemes:
        api["components"]["securitySchemes"] = schemes
    for path, path_item in api["paths"].items():
        methods = sorted(METHODS & path_item.keys())
        for method in methods:
            operation = path_item[method]
            operation["x-amazon-apigateway-integration"] = _proxy(settings, operation.pop(FUNCTION))
            if schemes:
                operation["security"] = [{name: []} for name in schemes]
        if settings.cors_origins:
            path_item["options"] = _preflight(settings, path, methods)
    return {
        **api,
        "x-amazon-apigateway-request-validators": {
            _VALIDATOR: {"validateRequestParameters": True, "validateRequestBody": False}
        },
        "x-amazon-apigateway-request-validator": _VALIDATOR,
        "x-amazon-apigateway-gateway-responses": gateway_responses(settings),
    }


def _proxy(settings: StageSettings, function: str) -> dict[str, Any]:
    """Return the proxy integration with a function's alias, which stays the same when its code changes."""
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": {
            "Fn::Sub": (
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
                "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
                f"{settings.live_function(function)}/invocations"
            )
        },
    }


def _preflight(settings: StageSettings, path: str, methods: list[str]) -> dict[str, Any]:
    """Return the OPTIONS operation of a path, which API Gateway answers itself, without a function.

    It requires no credentials, because browsers send none with a preflight. The functions add
    `Access-Control-Allow-Origin` to their own responses, as configured in CORS_ORIGINS.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
    """
    allowed = ("Content-Type", CORRELATION_HEADER, *request_headers(settings.authentication))
    headers = {
        **SECURITY_HEADERS,
        "Access-Control-Allow-Methods": ",".join(method.upper() for method in methods),
        "Access-Control-Allow-Headers": ",".join(allowed),
        "Access-Control-Max-Age": str(_MAX_PREFLIGHT_SECONDS),
        "Vary": "Origin",
    }
    template = ""
    origins = settings.cors_origins
    if origins == ("*",):
        headers[_ALLOW_ORIGIN] = "*"
    else:
        template = _echo_known_origin(origins)
    return {
        "summary": "CORS preflight",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", path)
        ],
        "responses": {
            "204": {
                "description": "Methods and headers that this path allows to pages of other origins",
                "headers": {name: {"schema": {"type": "string"}} for name in {*headers, _ALLOW_ORIGIN}},
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": {
                        f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()
                    },
                    "responseTemplates": {"application/json": template},
                }
            },
        },
    }


def _echo_known_origin(origins: tuple[str, ...]) -> str:
    """Return VTL that allows the request's origin if it is known; the header can name only one origin.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
    """
    known = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return (
        '#set($origin = $input.params().header.get("Origin"))'
        '#if($origin == "")#set($origin = $input.params().header.get("origin"))#end'
        f"#if({known})#set($context.responseOverride.header.{_ALLOW_ORIGIN} = $origin)#end"
    )
