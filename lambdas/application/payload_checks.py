"""Validation of client payloads, shared by submissions and redrives."""

from pydantic import JsonValue, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import field_errors, invalid_fields


def check_size(size: int) -> None:
    """Check the size of a payload.

    Args:
        size: Size of the payload as compact JSON, in bytes.

    Raises:
        ApiError: The payload is too large.
    """
    if size > MAX_PAYLOAD_BYTES:
        raise ApiError(
            ProblemType.TOO_LARGE,
            f"The payload has {size} bytes; at most {MAX_PAYLOAD_BYTES} are accepted.",
            errors=[FieldError(field="payload", message=f"at most {MAX_PAYLOAD_BYTES} bytes")],
        )


def check_payload(kind: str, payload: dict[str, JsonValue]) -> None:
    """Validate a payload for a kind of work.

    The first call imports the kinds of work and their libraries, so that importing this module stays fast.

    Raises:
        ApiError: The payload is too large or invalid for the kind, or the kind does not exist.
    """
    from lambdas.work.kinds import KINDS
    from lambdas.work.registry import UnknownKind

    check_size(len(strict_json.dumps(payload).encode()))
    try:
        KINDS[kind].payload.model_validate(payload)
    except UnknownKind as error:
        raise invalid_fields([FieldError(field="payload", message=str(error))]) from error
    except ValidationError as error:
        raise invalid_fields(field_errors(error.errors(), within="payload")) from error
