"""AWS's errors by service, with codes and HTTP statuses, from botocore's models.

The tables here add errors that the models lack. Errors common to all services:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

import difflib
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import UnknownServiceError

CONNECTION_RESET = "ConnectionReset"
"""Name of a fault that is not an AWS error: the connection is dropped without a response."""

COMMON = {
    "AccessDeniedException": 400,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "RequestExpired": 400,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
    "Throttling": 400,
    "ThrottlingException": 400,
}

# The models of JSON services have no status: it is 400, or 500 for faults. SQS, which used the query protocol
# first, is an exception (botocore's data/_retry.json).
STATUS = {("sqs", "RequestThrottled"): 403, ("sqs", "OverLimit"): 403}


@dataclass(frozen=True)
class AwsError:
    """An error's code and HTTP status."""

    code: str
    status: int

    @property
    def sender_fault(self) -> bool:
        """Whether the caller caused the error."""
        return self.status < 500


def check_service(service: str) -> None:
    """Check that botocore has a service.

    Raises:
        ValueError: There is no service of that name. The message suggests a similar one, if there is one.
    """
    from localstack.aws.spec import loader

    try:
        _model(service)
    except UnknownServiceError:
        known = loader.list_available_services("service-2")
        raise ValueError(f"AWS has no service {service!r}{_meant(service, known)}") from None


def check_operation(service: str, operation: str) -> None:
    """Check that a service has an operation.

    Raises:
        ValueError: The service has no operation of that name. The message suggests a similar one, if any.
    """
    known = _model(service)["operations"]
    if operation not in known:
        raise ValueError(f"{service} has no operation {operation!r}{_meant(operation, known)}")


def find(service: str, name: str) -> AwsError:
    """Look up a service's error by code or exception name, with or without the suffix `Exception`.

    Raises:
        ValueError: The service has no such error. The message suggests a similar one, if there is one.
    """
    shapes: dict[str, Any] = _model(service)["shapes"]
    modelled = {
        name: _of_shape(service, name, each) for name, each in shapes.items() if each.get("exception")
    }
    own = modelled | {error.code: error for error in modelled.values()}
    common = {code: AwsError(code, status) for code, status in COMMON.items()}
    for errors in (own, common):
        if found := errors.get(name) or errors.get(f"{name}Exception"):
            return found
    raise ValueError(f"{service} has no error {name!r}{_meant(name, {*own, *common, CONNECTION_RESET})}")


def _of_shape(service: str, name: str, shape: dict[str, Any]) -> AwsError:
    error = shape.get("error", {})
    status = (
        error.get("httpStatusCode") or STATUS.get((service, name)) or (500 if shape.get("fault") else 400)
    )
    return AwsError(error.get("code", name), status)


def _model(service: str) -> dict[str, Any]:
    # Imported late: plux imports this package merely to list the plug-ins.
    from localstack.aws.spec import loader

    model: dict[str, Any] = loader.load_service_model(service, "service-2")
    return model


def _meant(name: str, known: Any) -> str:
    by_lower = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""
