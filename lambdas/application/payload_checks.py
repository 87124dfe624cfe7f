"""Checks of payloads from clients, the same wherever one is given."""

from pydantic import JsonValue, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import field_errors, invalid_fields


def check_size(size: int) -> None:
    """Check the size of a payload, in bytes as compact JSON.

    Raises:
        ApiError: It is too large.
    """
    if size > MAX_PAYLOAD_BYTES:
        raise ApiError(
            ProblemType.TOO_LARGE,
            f"The payload has {size} bytes; at most {MAX_PAYLOAD_BYTES} are accepted.",
            errors=[FieldError(field="payload", message=f"at most {MAX_PAYLOAD_BYTES} bytes")],
        )


def check_payload(kind: str, payload: dict[str, JsonValue]) -> None:
    """Check a payload for a task of a kind.

    The kinds of work, with all that they import, are loaded by the first call, and not with this module.

    Raises:
        ApiError: It does not fit the kind, is too large, or there is no such kind any more.
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
