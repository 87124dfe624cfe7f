"""The lines that Lambda itself writes into a function's log, and the errors with which it responds.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html shows REPORT ("new style") and
INIT_REPORT. The page separates fields by spaces, CloudWatch Logs by tabs.
"""

import json
import math
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.services.lambda_.executor.kernel import MEGABYTE
from sandbox.services.lambda_.executor.runtime_api import MAX_RESPONSE_BYTES


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failed invocation: the JSON error response, fields of the REPORT line, and an optional log line."""

    payload: bytes
    status: str = "error"
    error_type: str | None = None
    line: str | None = None


def timed_out(request_id: str, timeout: float, now: datetime) -> Failure:
    """Return the failure of a function that has exceeded its `timeout` in seconds."""
    words = f"Task timed out after {timeout:.2f} seconds"
    stamp = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Failure(
        payload=_error("Sandbox.Timedout", f"RequestId: {request_id} Error: {words}"),
        status="timeout",
        line=f"{stamp} {request_id} {words}",
    )


def exited(request_id: str, status: int, *, out_of_memory: bool = False) -> Failure:
    """Return the failure of a process that ended by itself or by a signal, given its `subprocess` status.

    If a process exceeded its memory, only REPORT names the cause, not the response. AWS does not document
    this, but its logs show it.
    """
    if status < 0:
        # Go's words for signals are the C library's in lower case ("Killed: 9" on macOS).
        name = (signal.strsignal(-status) or f"signal {-status}").partition(":")[0].lower()
        reason = f"Runtime exited with error: signal: {name}"
    elif status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    else:
        reason = "Runtime exited without providing a reason"
    message = f"RequestId: {request_id} Error: {reason}"
    return Failure(
        payload=_error("Runtime.ExitError", message),
        error_type="Runtime.OutOfMemory" if out_of_memory else "Runtime.ExitError",
        line=f"{message}\rRuntime.ExitError",
    )


def too_large() -> Failure:
    """Return the failure of a response that is too large for a synchronous invocation."""
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    error_type = "Function.ResponseSizeTooLarge"
    return Failure(payload=_error(error_type, message), error_type=error_type)


def init_report(*, seconds: float, phase: str, failure: Failure) -> str:
    """Return the INIT_REPORT line, written after an init failed in `phase` ("init" or "invoke")."""
    fields = [f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms", f"Phase: {phase}"]
    return "\t".join([*fields, *_status(failure)])


def start(request_id: str, version: str) -> str:
    """Return the START line, written when the function is invoked."""
    return f"START RequestId: {request_id} Version: {version}"


def end(request_id: str) -> str:
    """Return the END line, written when the invocation has ended."""
    return f"END RequestId: {request_id}"


def report(
    *,
    request_id: str,
    seconds: float,
    init_seconds: float | None,
    memory_bytes: int,
    peak_bytes: int,
    failure: Failure | None,
) -> str:
    """Return the REPORT line. `init_seconds` is None unless a successful first init preceded the invocation.

    The init is billed: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
    """
    billed = math.ceil((seconds + (init_seconds or 0)) * 1000)
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {seconds * 1000:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {memory_bytes // MEGABYTE} MB",
        f"Max Memory Used: {math.ceil(peak_bytes / MEGABYTE)} MB",
    ]
    if init_seconds is not None:
        fields.append(f"Init Duration: {init_seconds * 1000:.2f} ms")
    return "\t".join([*fields, *(_status(failure) if failure else ())])


def _status(failure: Failure) -> list[str]:
    error_type = [f"Error Type: {failure.error_type}"] if failure.error_type else []
    return [f"Status: {failure.status}", *error_type]


def _error(error_type: str, message: str) -> bytes:
    body = {"errorType": error_type, "errorMessage": message}
    return json.dumps(body, separators=(",", ":")).encode()
