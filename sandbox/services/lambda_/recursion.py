"""Recursive loop detection: Lambda stops a function that one chain of requests has invoked 16 times.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html

A chain's invocations are counted in its tracing header, whose Lineage contains the invocations of each
function (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
AWS's SDKs pass the header of an invocation on with each call, and SQS keeps it as the message's
AWSTraceHeader. A header without Lineage begins another chain, also on AWS; X-Ray's SDK sends such headers
from segments of its own. Chains through SNS and S3 are not detected here, since LocalStack does not pass
their headers on.

The caller of a stopped invocation gets RecursiveInvocationException. A mapping leaves the messages to their
visibility timeout, until the queue's redrive policy moves them. AWS does not document what happens to a batch
with several chains: here the longest counts, and the whole batch returns.

Notifications by Health and e-mail are not implemented, nor are dead-letter queues of stopped asynchronous
events, which LocalStack retries until they expire.

LocalStack stores a function's setting (RecursiveLoop), but never stops a loop.
"""

import copy
import dataclasses
import zlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from localstack.aws.api.lambda_ import RecursiveInvocationException, RecursiveLoop
from localstack.services.lambda_.invocation.lambda_models import Invocation, InvocationResult
from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
from localstack.utils.patch import Patch
from localstack.utils.xray.trace_header import TraceHeader

from sandbox.services.lambda_.traces import MESSAGES

MAX_INVOCATIONS = 16

type Lineage = dict[str, int]
"""The number of invocations of each function in a chain, by the function's hash."""


def install() -> None:
    """Start counting invocations and stopping loops."""
    Patch.function(LambdaVersionManager.invoke, invoke).apply()


def invoke(run: Any, manager: Any, *, invocation: Invocation) -> InvocationResult:
    """Wrap LambdaVersionManager.invoke to count invocations in the trace header and stop recursive loops."""
    function = manager.function_version.id.unqualified_arn()
    context = invocation.trace_context
    header = copy.copy(context.get("aws_trace_header")) or TraceHeader().ensure_root_exists()
    messages = (TraceHeader.from_header_str(each) for each in context.get(MESSAGES, ()))
    lineage = merged(parse(each.lineage) for each in (header, *messages))
    count = lineage.get(of := hash_of(function), 0)
    if count >= MAX_INVOCATIONS and manager.function.recursive_loop != RecursiveLoop.Allow:
        raise RecursiveInvocationException(
            f"{function} was invoked {count} times in one chain of requests, which may be an infinite loop."
        )
    header._lineage = text({**lineage, of: count + 1})
    counted = dataclasses.replace(invocation, trace_context={**context, "aws_trace_header": header})
    result: InvocationResult = run(manager, invocation=counted)
    return result


def parse(value: str | None) -> Lineage:
    """Parse a lineage such as `a87bd80c:1|68fd508a:5`, quoted by botocore or not; skip malformed parts."""
    parts = (part.rpartition(":") for part in unquote(value or "").split("|"))
    return {function: int(count) for function, _, count in parts if function and count.isdecimal()}


def text(lineage: Lineage) -> str:
    """Format a lineage for a header."""
    return "|".join(f"{function}:{count}" for function, count in lineage.items())


def merged(lineages: Iterable[Lineage]) -> Lineage:
    """Return the highest count of each function."""
    most: Lineage = {}
    for lineage in lineages:
        for function, count in lineage.items():
            most[function] = max(count, most.get(function, 0))
    return most


def hash_of(function_arn: str) -> str:
    """Return the eight hex digits that identify a function in a lineage."""
    return f"{zlib.crc32(function_arn.encode()):08x}"
