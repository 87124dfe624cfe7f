"""What LocalStack does for each request to AWS although it changes nothing, left out."""

# LocalStack, rolo and werkzeug are typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import logging
from collections.abc import Callable, Iterable
from typing import Any

from localstack.aws.gateway import Gateway
from localstack.aws.handlers import preprocess_request, set_close_connection_header
from localstack.aws.handlers.analytics import ServiceRequestCounter
from localstack.aws.handlers.cors import CorsEnforcer, CorsResponseEnricher
from localstack.aws.handlers.internal import LocalstackResourceHandler
from localstack.aws.handlers.legacy import EdgeRouterHandler
from localstack.aws.handlers.logging import ResponseLogger
from localstack.aws.handlers.metric_handler import MetricHandler
from localstack.aws.handlers.presigned_url import ParsePreSignedUrlRequest
from localstack.aws.handlers.service_plugin import ServiceLoaderForDataPlane
from localstack.aws.handlers.validation import OpenAPIRequestValidator, OpenAPIResponseValidator
from localstack.aws.protocol.parser import BaseJSONRequestParser
from localstack.logging.setup import get_log_level_from_config
from localstack.runtime import hooks
from localstack.utils.patch import Patch
from werkzeug.datastructures import Headers

from sandbox.services.lambda_.executor import endpoint

ROOT = "/"
"""The path of all requests in AWS's JSON and query protocols."""


@hooks.on_infra_start()
def answer_quickly() -> None:
    """Apply the corrections."""
    Patch.function(Headers.get, _get).apply()
    Patch.function(Headers.__contains__, _contains).apply()
    Patch.function(BaseJSONRequestParser._parse_structure, _parse_structure).apply()
    Patch.function(BaseJSONRequestParser._parse_map, _parse_map).apply()
    Patch.function(endpoint.gateway, _gateway).apply()
    if get_log_level_from_config() > logging.INFO:
        # It copies what it would log before it asks whether that is to be logged.
        Patch.function(ResponseLogger._log, lambda *_: None).apply()


def _gateway(everybodys: Callable[..., Any], request: Any) -> Any:
    """What functions ask in AWS's JSON and query protocols has no path, comes from no browser, and is for no
    route of LocalStack's: handlers that look for these see it in vain."""
    whole = everybodys(request)
    is_plain = request.environ.get("RAW_URI") == ROOT and request.method == "POST"
    if is_plain and str(request.headers.get("Authorization")).startswith("AWS4-HMAC-SHA256 "):
        return vars(whole).get("short") or _shorten(whole)
    return whole


def _shorten(whole: Any) -> Gateway:
    """A gateway of the handlers that do something for such requests, in their order."""
    looking_for_others = (
        *(CorsEnforcer, CorsResponseEnricher, EdgeRouterHandler, LocalstackResourceHandler, MetricHandler),
        *(OpenAPIRequestValidator, OpenAPIResponseValidator, ParsePreSignedUrlRequest),
        *(ServiceLoaderForDataPlane, ServiceRequestCounter),
    )

    def needed(handlers: Iterable[Any]) -> list[Any]:
        return [
            each
            for each in handlers
            if not isinstance(getattr(each, "__self__", each), looking_for_others)
            and each not in (preprocess_request, set_close_connection_header)
        ]

    short = whole.short = Gateway(
        needed(whole.request_handlers),
        needed(whole.response_handlers),
        needed(whole.finalizers),
        whole.exception_handlers,
        whole.context_class,
    )
    return short


def _parse_structure(
    parse: Callable[..., Any], parser: Any, request: Any, shape: Any, value: Any, uri_params: Any = None
) -> Any:
    """LocalStack parses each member that a structure may have, and not those that it has: an attribute's
    value in DynamoDB has one of ten. They come in the order of the request, not of the description."""
    may_have = vars(shape).get("may_have")
    if may_have is None:
        may_have = shape.may_have = _Members(shape)
    if may_have.is_plain and isinstance(value, dict) and may_have.required <= value.keys():
        parsed = {}
        for key, given in value.items():
            if key in may_have.members and (given is not None or key in may_have.required):
                name, member = may_have.members[key]
                is_text = given.__class__ is str and member.type_name == "string"
                parsed[name] = given if is_text else parser._parse_shape(request, member, given, uri_params)
        return parsed
    return parse(parser, request, shape, value, uri_params)


def _parse_map(
    parse: Callable[..., Any], parser: Any, request: Any, shape: Any, value: Any, uri_params: Any = None
) -> Any:
    """LocalStack parses each key, too, which in JSON is a text."""
    if not isinstance(value, dict) or shape.key.type_name != "string":
        return parse(parser, request, shape, value, uri_params)
    return {key: parser._parse_shape(request, shape.value, given, uri_params) for key, given in value.items()}


class _Members:
    """What a structure may have, by the names that the members have in a request."""

    def __init__(self, shape: Any) -> None:
        members = {} if shape.is_document_type else shape.members
        self.members = {
            member.serialization.get("name", name): (name, member) for name, member in members.items()
        }
        self.required = {key for key, (name, _) in self.members.items() if name in shape.required_members}
        self.is_plain = not shape.is_document_type and all(
            "location" not in member.serialization for member in members.values()
        )


def _get(get: Callable[..., Any], headers: Headers, key: str, default: Any = None, type: Any = None) -> Any:
    """A header's value; werkzeug makes an HTTP error of each that is not there, some twenty for a request."""
    if type is not None or headers.__class__ is not Headers:
        return get(headers, key, default, type)
    key = key.lower()
    return next((value for name, value in headers._list if name.lower() == key), default)


def _contains(contains: Callable[..., bool], headers: Headers, key: str) -> bool:
    """Whether a header is there, without an error if not."""
    return (
        contains(headers, key)
        if headers.__class__ is not Headers
        else _get(Headers.get, headers, key) is not None
    )
