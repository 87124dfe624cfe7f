"""Lambda's own trace segments of invocations, and the tracing header that the function sees.

Lambda sends two segments (https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html): AWS::Lambda for
the time that a request spends in the service, and below it AWS::Lambda::Function for the function's work,
with subsegments for its initialization, if there was one, the invocation and the overhead after it. The
second segment is the parent of everything that the function's SDK sends.

The sampling decision in a request's tracing header is binding. Without one, a function with active tracing
samples (on AWS one request a second and 5 % of the others; here all, so that each task can be followed), and
one with PassThrough does not (https://docs.aws.amazon.com/lambda/latest/api/API_TracingConfig.html). The
function's own segment needs its role's permission, the service's does not.

An event source mapping's invocation has a trace of its own, which links to those of its messages:
https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html

LocalStack sends no segments, gives the function a parent that does not exist, and samples every trace.
"""

import dataclasses
import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from localstack.aws.api.lambda_ import TooManyRequestsException, TracingMode
from localstack.services.lambda_.invocation.lambda_models import (
    FunctionVersion,
    Invocation,
    InvocationResult,
)
from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
from localstack.utils.patch import Patch
from localstack.utils.xray import trace_header as localstack_header

from sandbox.common.log_and_continue import contained
from sandbox.services.iam.function_credentials import Owner
from sandbox.services.lambda_.executor.observers import OBSERVERS, Environment, Observer
from sandbox.services.xray.header import TraceHeader, new_id, new_trace_id, parse
from sandbox.services.xray.segments import Fields, flags, send, span
from sandbox.services.xray.store import Place
from sandbox.services.xray.uploads import Upload

MESSAGES = "message_trace_headers"
"""Key of the tracing headers of a batch's messages in an invocation's trace context."""

MAX_LINKS = 20
"""Maximum number of links of a segment: https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html"""

MESSAGE_CHARACTERS = 1000

_ENDED_AT = "ended_at"
_REPORT = re.compile(r"\tDuration: (\d+(?:\.\d+)?) ms\t(?:.*\tInit Duration: (\d+(?:\.\d+)?) ms)?")

_uploads: dict[Owner, Upload] = {}


class _Decided(localstack_header.TraceHeader):
    """A header whose sampling decision LocalStack does not override."""

    def ensure_sampled_exists(self, sampled: object = None) -> "_Decided":  # noqa: ARG002
        return self


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Begun:
    """An invocation that has begun, with the tracing header that the function sees."""

    version: FunctionVersion
    request_id: str
    invoked_arn: str
    seen: TraceHeader
    above: str | None
    service_id: str
    links: tuple[TraceHeader, ...]
    at: float

    @property
    def place(self) -> Place:
        return Place(self.version.id.account, self.version.id.region)


def install() -> None:
    """Start sending segments."""
    Patch.function(LambdaVersionManager.invoke, invoke).apply()
    OBSERVERS.append(Observer(on_invoke=note_end))


def invoke(run: Any, manager: Any, *, invocation: Invocation) -> InvocationResult:
    """Wrap LambdaVersionManager.invoke, to trace the invocations of a version."""
    begun = None
    with contained("an invocation"):
        begun = _begin(manager.function_version, invocation)
        given = invocation.trace_context
        header = decided(begun.seen, given.get("aws_trace_header"))
        invocation = dataclasses.replace(invocation, trace_context={**given, "aws_trace_header": header})
    try:
        result: InvocationResult = run(manager, invocation=invocation)
    except TooManyRequestsException:
        with contained("a throttle"):
            if begun and begun.seen.sampled:
                send(begun.place, [_service_segment(begun, 429, time.time())])
        raise
    with contained("an invocation"):
        if begun and begun.seen.sampled:
            send(begun.place, _segments(begun, result))
    return result


def note_end(_environment: Environment, result: InvocationResult) -> None:
    """Record the time at which the function has responded."""
    vars(result)[_ENDED_AT] = time.time()


def _begin(version: FunctionVersion, invocation: Invocation) -> _Begun:
    now, context = time.time(), invocation.trace_context
    given = context.get("aws_trace_header")
    incoming = parse(given.to_header_str()) if given else None
    messages = [found for each in context.get(MESSAGES, ()) if (found := parse(each)) is not None]
    return _Begun(
        version=version,
        request_id=invocation.request_id,
        invoked_arn=invocation.invoked_arn,
        seen=TraceHeader(
            root=incoming.root if incoming else new_trace_id(now),
            parent=new_id(),
            sampled=_is_sampled(version, incoming, messages),
        ),
        above=incoming.parent if incoming else None,
        service_id=new_id(),
        links=tuple(dict.fromkeys(messages))[:MAX_LINKS],
        at=now,
    )


def _is_sampled(version: FunctionVersion, incoming: TraceHeader | None, messages: list[TraceHeader]) -> bool:
    if incoming and incoming.sampled is not None:
        return incoming.sampled
    if version.config.tracing_config_mode == TracingMode.Active:
        return True
    return any(each.sampled for each in messages)


def decided(
    header: TraceHeader, given: localstack_header.TraceHeader | None = None
) -> localstack_header.TraceHeader:
    """Return a header in the form of LocalStack's trace context, with the lineage of `given`."""
    lineage = given.lineage if given else None
    return _Decided(root=header.root, parent=header.parent, sampled=header.sampled, lineage=lineage)


def _segments(begun: _Begun, result: InvocationResult) -> Iterator[Fields]:
    now = time.time()
    # A function's error is not an error of the request, which is answered with 200.
    yield {**_service_segment(begun, 200, now), **_failure(result, with_cause=False)}
    if _may_upload(Owner(begun.version.id.unqualified_arn(), str(begun.version.config.role))):
        yield _function_segment(begun, result, now)


def _service_segment(begun: _Begun, status: int, ended_at: float) -> Fields:
    links = [
        {
            "trace_id": each.root,
            **({"id": each.parent} if each.parent else {}),
            "attributes": {"aws.xray.reserved.reference_type": "parent"},
        }
        for each in begun.links
    ]
    return {
        "id": begun.service_id,
        "name": begun.version.id.function_name,
        "trace_id": begun.seen.root,
        **({"parent_id": begun.above} if begun.above else {}),
        **span(begun.at, ended_at),
        **flags(status),
        "http": {"response": {"status": status}},
        "aws": {"request_id": begun.request_id, "account_id": begun.place.account},
        "origin": "AWS::Lambda",
        "resource_arn": begun.version.id.unqualified_arn(),
        **({"links": links} if links else {}),
    }


def _function_segment(begun: _Begun, result: InvocationResult, now: float) -> Fields:
    name, arn = begun.version.id.function_name, begun.version.id.unqualified_arn()
    answered_at = vars(result).get(_ENDED_AT, now)
    seconds, init_seconds = _durations(result.logs or "")
    invoked_at = max(begun.at, answered_at - seconds)
    parts = [("Invocation", invoked_at, answered_at), ("Overhead", answered_at, now)]
    if init_seconds is not None:
        parts.insert(0, ("Initialization", invoked_at - init_seconds, invoked_at))
    return {
        "id": begun.seen.parent,
        "name": name,
        "trace_id": begun.seen.root,
        "parent_id": begun.service_id,
        **span(parts[0][1], now),
        **_failure(result, with_cause=True),
        "aws": {"account_id": begun.place.account, "function_arn": arn, "resource_names": [name]},
        "origin": "AWS::Lambda::Function",
        "subsegments": [
            {"id": new_id(), "name": part, **span(since, until), "aws": {"function_arn": arn}}
            for part, since, until in parts
        ],
    }


def _failure(result: InvocationResult, *, with_cause: bool) -> Fields:
    if not result.is_error:
        return {}
    return {"fault": True, **({"cause": {"exceptions": [_exception(result)]}} if with_cause else {})}


def _exception(result: InvocationResult) -> Mapping[str, str]:
    """Return the exception of a failed invocation, in the form that segments contain.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-errors
    """
    try:
        error = json.loads(result.payload or b"null")
    except ValueError:
        error = None
    found = error if isinstance(error, dict) else {}
    return {
        "id": new_id(),
        "type": str(found.get("errorType", "")),
        "message": str(found.get("errorMessage", ""))[:MESSAGE_CHARACTERS],
    }


def _durations(log: str) -> tuple[float, float | None]:
    """Return the seconds of invocation and initialization from REPORT; 0 and None where missing."""
    found = _REPORT.search(log, max(0, log.rfind("REPORT RequestId: ")))
    if not found:
        return 0.0, None
    return float(found[1]) / 1000, float(found[2]) / 1000 if found[2] else None


def _may_upload(function: Owner) -> bool:
    return _uploads.setdefault(function, Upload(function)).is_allowed()
