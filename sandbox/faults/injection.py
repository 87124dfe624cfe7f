"""Where calls meet faults: in LocalStack's chain of handlers, and at calls that go past it.

Rules apply to the calls of function processes, known by their credentials (`lambda_.executor.credentials`),
and to what an event source mapping asks of its queue (`lambda_.event_source_mapping.source`). They never
apply to the operator's calls, to calls between LocalStack's own services, or to calls that a function makes
with credentials other than its own, such as those of a role that it assumed.

A request has a thread of its own, of GATEWAY_WORKER_COUNT (1000), so one that waits holds up no other.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, arg-type"

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sandbox.faults import aws_errors, connection
from sandbox.faults.aws_errors import CONNECTION_RESET
from sandbox.faults.faults import FAULTS, Fault
from sandbox.services.iam.function_credentials import is_functions


def install() -> None:
    """Put the two handlers into the chain: once the operation is known, and once it is answered."""
    from localstack.aws import handlers

    connection.keep_connections()
    handlers.serve_custom_service_request_handlers.append(before)
    handlers.run_custom_response_handlers.append(after)


def before(chain: Any, context: Any, _response: Any) -> None:
    """Draw for a call. Raises the service's error, or ends the chain, when the call is not to be made."""
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
    """Have a call that was made seem to have failed, or answer it late."""
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
    """The same for a call within LocalStack's process that is the stack's own.

    Raises the service's exception, or ConnectionResetError, instead of the block or after it.
    """
    faults = FAULTS.hit(service, operation) if FAULTS else []
    _raise(_wait("before", faults))
    yield
    _raise(_wait("after", faults))


def exception(fault: Fault) -> Exception:
    """The service's exception, for LocalStack to write in the service's protocol."""
    from localstack.aws.api import CommonServiceException

    error = aws_errors.find(fault.rule.service, str(fault.rule.error))
    # Where a service speaks JSON and once spoke query, LocalStack takes the code from the class's name.
    made: Exception = type(error.code, (CommonServiceException,), {})(
        error.code, f"Injected by fault {fault.id} of the sandbox.", error.status, error.sender_fault
    )
    return made


def _wait(when: Literal["before", "after"], faults: Iterable[Fault]) -> Fault | None:
    """Wait out the latencies, as long as they are in force, and return the error if there is one."""
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
