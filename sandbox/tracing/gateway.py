"""What API Gateway records of a request to a stage that is traced: the first segment of a trace.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
A client's X-Amzn-Trace-Id is heeded; without one a trace begins, of which all are taken here.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import json
import time
from contextvars import ContextVar
from typing import Any

from sandbox.metrics.containment import contained
from sandbox.tracing.header import Header, new_segment_id
from sandbox.tracing.segments import Segment
from sandbox.tracing.store import TRACES

CURRENT: ContextVar[str | None] = ContextVar("trace header of the request", default=None)
"""The header that leads on from the request which this thread answers; None beyond requests."""

_ATTRIBUTE = "faultline_segment"


def process(run: Any, gateway: Any, context: Any, response: Any) -> None:
    """Around RestApiGateway.process_with_context."""
    began = time.time()
    token = CURRENT.set(None)
    try:
        run(gateway, context, response)
    finally:
        CURRENT.reset(token)
        segment: Segment | None = getattr(context, _ATTRIBUTE, None)
        if segment is not None:
            with contained("a request's segment"):
                TRACES.put(json.dumps({**segment, **_told(context, response, began)}))


def parse(run: Any, handler: Any, chain: Any, context: Any, response: Any) -> None:
    """Around the handler that parses a request, and reads its header."""
    run(handler, chain, context, response)
    given = context.request.headers.get("X-Amzn-Trace-Id")
    header = Header.parse(given)
    if (context.stage_configuration or {}).get("tracingEnabled") is True and header.sampled is not False:
        id = new_segment_id()
        segment = {
            "id": id,
            "trace_id": header.root,
            **({"parent_id": header.parent} if header.parent else {}),
        }
        setattr(context, _ATTRIBUTE, segment)
        header = header.below(id, sampled=True)
    elif given is None:
        return  # as LocalStack has it
    context.trace_id = str(header)
    CURRENT.set(str(header))


def _told(context: Any, response: Any, began: float) -> Segment:
    request, variables = context.request, context.context_variables
    status = response.status_code
    return {
        "name": f"{context.deployment.rest_api.rest_api['name']}/{context.stage}",
        "origin": "AWS::ApiGateway::Stage",
        "start_time": began,
        "end_time": time.time(),
        "http": {
            "request": {
                "url": request.base_url,
                "method": request.method,
                "client_ip": request.remote_addr or "",
                "user_agent": request.headers.get("User-Agent", ""),
                "x_forwarded_for": True,
            },
            "response": {"status": status, "content_length": response.content_length or 0},
        },
        "aws": {
            "account_id": context.account_id,
            "api_gateway": {
                "account_id": context.account_id,
                "rest_api_id": context.api_id,
                "stage": context.stage,
                "request_id": variables["requestId"],
            },
        },
        **({"fault": True} if status >= 500 else {}),
        **({"error": True} if 400 <= status < 500 else {}),
        **({"throttle": True} if status == 429 else {}),
    }
