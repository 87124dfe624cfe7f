"""Faster handling of signed AWS requests, without LocalStack's browser and routing handlers."""

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
from localstack.utils.patch import Patch
from werkzeug.datastructures import Headers

from sandbox.common import web_server

ROOT = "/"
"""Path of all requests in AWS's JSON and query protocols."""


def install() -> None:
    """Apply all patches of this module."""
    Patch.function(Headers.get, _get).apply()
    Patch.function(Headers.__contains__, _contains).apply()
    Patch.function(BaseJSONRequestParser._parse_structure, _parse_structure).apply()
    Patch.function(BaseJSONRequestParser._parse_map, _parse_map).apply()
    web_server.select_gateway_with(_gateway)
    if get_log_level_from_config() > logging.INFO:
        # LocalStack copies the record before it checks whether to log it.
        Patch.function(ResponseLogger._log, lambda *_: None).apply()


def _gateway(request: Any, whole: Any) -> Any:
    """Return the gateway for a request: a short one for plain calls to AWS, else the whole one.

    A signed request in AWS's JSON or query protocol has no path, and matches no route of LocalStack's own.
    One of a browser has the origin of its page.
    """
    is_plain = request.environ.get("RAW_URI") == ROOT and request.method == "POST"
    if (
        is_plain
        and "Origin" not in request.headers
        and str(request.headers.get("Authorization")).startswith("AWS4-HMAC-SHA256 ")
    ):
        return vars(whole).get("short") or _shorten(whole)
    return whole


def _shorten(whole: Any) -> Gateway:
    """Return a gateway with only the handlers that apply to plain calls to AWS, in their order."""
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
    """Parse only the members that a structure has; LocalStack tries each one that it may have.

    A DynamoDB attribute's value has one of ten members. The result is in the order of the request.
    """
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
    """Parse only a map's values; LocalStack also parses the keys, which are text in JSON."""
    if not isinstance(value, dict) or shape.key.type_name != "string":
        return parse(parser, request, shape, value, uri_params)
    return {key: parser._parse_shape(request, shape.value, given, uri_params) for key, given in value.items()}


class _Members:
    """The members of a structure, by their names in a request."""

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
    """Return a header's value without creating an HTTP error for a missing one.

    Werkzeug creates about 20 of these errors per request.
    """
    if type is not None or headers.__class__ is not Headers:
        return get(headers, key, default, type)
    key = key.lower()
    return next((value for name, value in headers._list if name.lower() == key), default)


def _contains(contains: Callable[..., bool], headers: Headers, key: str) -> bool:
    """Return whether there is a header, without creating an error."""
    return (
        contains(headers, key)
        if headers.__class__ is not Headers
        else _get(Headers.get, headers, key) is not None
    )
