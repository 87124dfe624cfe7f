"""Validation of client payloads, shared by submissions and redrives."""

from pydantic import JsonValue, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import field_errors, invalid_fields
from lambdas.http.unusable_kind import unusable_kind

MAX_PAYLOAD_DEPTH = strict_json.MAX_DEPTH - 1
"""Maximum nesting of a payload, which is a level below the body of its submission."""


def check_limits(payload: dict[str, JsonValue]) -> None:
    """Check the size and the nesting of a payload.

    Raises:
        ApiError: The payload is too large, or nested too deeply.
    """
    if strict_json.depth(payload) > MAX_PAYLOAD_DEPTH:
        message = f"nested deeper than {MAX_PAYLOAD_DEPTH} levels"
        raise invalid_fields([FieldError(field="payload", message=message)])
    size = len(strict_json.dumps(payload).encode())
    if size > MAX_PAYLOAD_BYTES:
        raise ApiError(
            ProblemType.TOO_LARGE,
            f"The payload has {size} bytes; at most {MAX_PAYLOAD_BYTES} are accepted.",
            errors=[FieldError(field="payload", message=f"at most {MAX_PAYLOAD_BYTES} bytes")],
        )


def check_payload(kind: str, payload: dict[str, JsonValue]) -> None:
    """Validate a client's payload for a kind of work.

    The first call imports the kinds of work and their libraries, so that importing this module stays fast.

    Raises:
        ApiError: The payload exceeds a limit or is invalid for the kind, or the kind does not exist or cannot
            be used at present.
    """
    from lambdas.work.kinds import KINDS
    from lambdas.work.registry import KindUnusable, UnknownKind
    from lambdas.work.valid_payload import valid_payload

    check_limits(payload)
    try:
        valid_payload(KINDS[kind], payload)
    except KindUnusable as error:
        raise unusable_kind(error) from error
    except UnknownKind as error:
        raise invalid_fields([FieldError(field="payload", message=str(error))]) from error
    except ValidationError as error:
        raise invalid_fields(field_errors(error.errors(), within="payload")) from error
