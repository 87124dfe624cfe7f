"""Trace segments of requests to REST APIs, and the tracing header that API Gateway passes on.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
https://docs.aws.amazon.com/xray/latest/devguide/xray-services-apigateway.html

A stage with tracing enabled sends a segment AWS::ApiGateway::Stage for each sampled request, with a
subsegment for the called function. Without tracing ("passive") it does so for requests that the client has
sampled: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enabling-xray.html

The decision in the client's header is binding. Without one, a traced stage samples everything (on AWS by
X-Ray's sampling rules), and any other stage leaves the decision to the function.

LocalStack passes a header on only in the function's event, unchecked and with a parent that does not exist.
"""

import time
from dataclasses import dataclass, replace
from typing import Any

from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.utils.patch import Patch

from sandbox.common.log_and_continue import contained
from sandbox.services.apigateway.lambda_integration import trace_context
from sandbox.services.lambda_.traces import decided
from sandbox.services.xray.document import NAME_CHARACTERS
from sandbox.services.xray.header import NAME, TraceHeader, new_id, new_trace_id
from sandbox.services.xray.header import parse as parse_header
from sandbox.services.xray.segments import Fields, flags, send, span
from sandbox.services.xray.store import Place


@dataclass(kw_only=True)
class _Traced:
    """A request and its call to a function, if there was one.

    `passed_on` is the header for the integration; its parent is the subsegment of the call.
    """

    segment_id: str
    above: str | None
    passed_on: TraceHeader
    called_at: float | None = None
    answered_at: float = 0.0
    is_refused: bool = False


def install() -> None:
    """Start tracing requests."""
    Patch.function(InvocationRequestParser.parse_and_enrich, parse).apply()
    Patch.function(RestApiAwsProxyIntegration.invoke, integrate).apply()
    Patch.function(RestApiGateway.process_with_context, process).apply()


def parse(enrich: Any, parser: Any, context: Any) -> None:
    """Wrap InvocationRequestParser.parse_and_enrich, to add a trace to the request's context."""
    enrich(parser, context)
    with contained("a request to an API"):
        context.traced = _begin(context)
        if context.traced.passed_on.sampled is not None:
            context.trace_id = str(_told(context, context.traced))
        else:  # the function decides; LocalStack's header has no decision
            context.trace_id = f"{context.traced.passed_on};Parent={new_id()};Sampled=0"


def integrate(call: Any, integration: Any, context: Any) -> Any:
    """Wrap RestApiAwsProxyIntegration.invoke, to trace the call to a function."""
    traced: _Traced | None = getattr(context, "traced", None)
    if traced is None:
        return call(integration, context)
    token = trace_context.set({"aws_trace_header": decided(traced.passed_on)})
    traced.called_at = time.time()
    try:
        return call(integration, context)
    except Exception:
        traced.is_refused = True
        raise
    finally:
        traced.answered_at = time.time()
        trace_context.reset(token)


def process(handle: Any, gateway: Any, context: Any, response: Any) -> None:
    """Wrap RestApiGateway.process_with_context, to trace a request from arrival to response."""
    at = time.time()
    handle(gateway, context, response)
    with contained("a request to an API"):
        traced: _Traced | None = getattr(context, "traced", None)
        if traced and traced.passed_on.sampled:
            place = Place(context.account_id, context.region)
            send(place, [_segment(context, response, traced, at)])


def _told(context: Any, traced: _Traced) -> TraceHeader:
    """Return the header for the integration's event and the client.

    A stage that is not traced passes the client's header on unchanged.
    """
    if traced.above and not _is_traced(context):
        return replace(traced.passed_on, parent=traced.above)
    return traced.passed_on


def _is_traced(context: Any) -> bool:
    return context.stage_configuration.get("tracingEnabled") is True


def _begin(context: Any) -> _Traced:
    incoming = parse_header(context.request.headers.get(NAME))
    sampled = incoming.sampled if incoming else None
    if sampled is None and _is_traced(context):
        sampled = True
    return _Traced(
        segment_id=new_id(),
        above=incoming.parent if incoming else None,
        passed_on=TraceHeader(
            root=incoming.root if incoming else new_trace_id(time.time()),
            parent=new_id() if sampled else incoming.parent if incoming else None,
            sampled=sampled,
        ),
    )


def _segment(context: Any, response: Any, traced: _Traced, started_at: float) -> Fields:
    request, variables = context.request, context.context_variables
    api, stage = context.api_id, context.stage
    return {
        "id": traced.segment_id,
        "name": f"{context.deployment.rest_api.rest_api['name']}/{stage}"[:NAME_CHARACTERS],
        "trace_id": traced.passed_on.root,
        **({"parent_id": traced.above} if traced.above else {}),
        **span(started_at, time.time()),
        **flags(response.status_code),
        "http": {
            "request": {
                "url": request.base_url,
                "method": request.method,
                "client_ip": request.remote_addr or "",
                "user_agent": request.headers.get("User-Agent", ""),
            },
            "response": {
                "status": response.status_code,
                "content_length": response.content_length or 0,
            },
        },
        "aws": {
            "account_id": context.account_id,
            "api_gateway": {
                "rest_api_id": api,
                "stage": stage,
                "account_id": context.account_id,
                "request_id": variables["requestId"],
            },
        },
        "annotations": {"aws:api_id": api, "aws:api_stage": stage},
        "origin": "AWS::ApiGateway::Stage",
        "resource_arn": f"arn:aws:apigateway:{context.region}::/restapis/{api}/stages/{stage}",
        **({"subsegments": [_call(context, traced)]} if traced.called_at else {}),
    }


def _call(context: Any, traced: _Traced) -> Fields:
    """Return the subsegment for the call to the function, the parent of Lambda's own segment."""
    arn = context.integration_request["uri"].rpartition("functions/")[2].removesuffix("/invocations")
    name = arn.split(":")[6]
    return {
        "id": traced.passed_on.parent,
        "name": "Lambda",
        **span(traced.called_at or 0, traced.answered_at),
        **({"fault": True} if traced.is_refused else {}),
        "http": {"request": {"url": context.integration_request["uri"], "method": "GET"}},
        "aws": {
            "function_name": name,
            "region": context.region,
            "operation": "Invoke",
            "resource_names": [name],
        },
        "namespace": "aws",
    }
