"""Injection of faults into calls, in LocalStack's handler chain and in calls that bypass it.

Rules apply to calls by functions, identified by their credentials (`iam.function_credentials`), and to calls
by an event source mapping to its queue (`lambda_.event_source_mapping.source`). They never apply to the
operator's calls, to calls between LocalStack's own services, or to calls that a function makes with
credentials other than its own, such as those of a role that it assumed.

Each request has one of GATEWAY_WORKER_COUNT (1000) threads, so a request that waits does not delay others.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sandbox.faults import aws_errors, connection
from sandbox.faults.aws_errors import CONNECTION_RESET
from sandbox.faults.faults import FAULTS, Fault
from sandbox.services.iam.function_credentials import is_functions


def install() -> None:
    """Start injecting faults. There are no rules at first."""
    from localstack.aws import handlers

    from sandbox.services.lambda_.event_source_mapping import source

    handlers.serve_custom_service_request_handlers.append(before)
    handlers.run_custom_response_handlers.append(after)
    source.interceptors.append(in_process)


def end() -> None:
    """Remove all faults, so that delayed calls do not delay the shutdown."""
    FAULTS.replace([])


def before(chain: Any, context: Any, _response: Any) -> None:
    """Inject faults into a call before it is made.

    Raises the service's error, or drops the connection and ends the handler chain, if the call must fail.
    """
    from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header as access_key

    if not FAULTS or not context.operation or not is_functions(access_key(context.request.headers)):
        return
    context.faults = FAULTS.hit(context.service.service_name, context.operation.name)
    error = _wait("before", context.faults)
    if error and error.rule.error == CONNECTION_RESET:
        connection.drop(context.request)
        chain.terminate()
    elif error:
        raise exception(error)


def after(chain: Any, context: Any, response: Any) -> None:
    """Inject faults into a call after it was made: replace, drop or delay its response."""
    from localstack.aws import handlers

    faults: list[Fault] | None = context.get("faults")
    if not faults:
        return
    error = _wait("after", faults)
    if error and error.rule.error == CONNECTION_RESET:
        connection.drop(context.request)
        chain.terminate()
    elif error:
        response.headers.clear()
        handlers.handle_service_exception(chain, exception(error), context, response)


@contextmanager
def in_process(service: str, operation: str) -> Iterator[None]:
    """Inject faults into a call within LocalStack's process.

    Raises the service's exception, or ConnectionResetError, before or after the block.
    """
    faults = FAULTS.hit(service, operation) if FAULTS else []
    _raise(_wait("before", faults))
    yield
    _raise(_wait("after", faults))


def exception(fault: Fault) -> Exception:
    """Return the exception for a fault, which LocalStack serializes in the service's protocol."""
    from localstack.aws.api import CommonServiceException

    error = aws_errors.find(fault.rule.service, str(fault.rule.error))
    # LocalStack takes the code from the class's name, for JSON services that had the query protocol before.
    made: Exception = type(error.code, (CommonServiceException,), {})(
        error.code, f"Injected by fault {fault.id} of the sandbox.", error.status, error.sender_fault
    )
    return made


def _wait(when: Literal["before", "after"], faults: Iterable[Fault]) -> Fault | None:
    """Wait for the latencies while their rules are active, and return the error if there is one."""
    for each in faults:
        if each.rule.when != when:
            continue
        if each.rule.latency_ms is None:
            return each
        each.removed.wait(each.rule.latency_ms / 1000)
    return None


def _raise(fault: Fault | None) -> None:
    if not fault:
        return
    if fault.rule.error == CONNECTION_RESET:
        raise ConnectionResetError(f"Injected by fault {fault.id} of the sandbox.")
    raise exception(fault)
