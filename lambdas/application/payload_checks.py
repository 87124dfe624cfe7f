"""Validation of client payloads, shared by submissions and redrives."""

from typing import TYPE_CHECKING, Any

from pydantic import JsonValue, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.category import Category
from lambdas.domain.errors import classify
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import RETRY_AFTER_SECONDS, field_errors, invalid_fields
from lambdas.http.unusable_kind import unusable_kind
from lambdas.telemetry.logs import logger

if TYPE_CHECKING:
    from lambdas.work.registry import Kind

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


def check_fit(kind: "Kind[Any]", payload: JsonValue) -> None:
    """Validate a payload by the model of its kind of work.

    Raises:
        ValidationError: The payload is invalid, or a validator failed with an unknown error, such as a
            KeyError.
        ApiError: A validator failed with an error that a repetition may not meet, such as a lost connection.
    """
    from lambdas.work.valid_payload import failed_validation, valid_payload

    try:
        valid_payload(kind, payload)
    except ValidationError:
        raise
    except Exception as error:
        if classify(error).category is Category.UNKNOWN:
            raise failed_validation(kind, error) from error
        logger.exception("payload cannot be validated", kind=kind.name)
        raise ApiError(
            ProblemType.UNAVAILABLE,
            "A payload cannot be validated at present; retry the same request.",
            errors=[FieldError(field="payload", message="cannot be validated at present")],
            retry_after=RETRY_AFTER_SECONDS,
        ) from error


def check_payload(kind: str, payload: dict[str, JsonValue]) -> None:
    """Validate a client's payload for a kind of work.

    The first call imports the kinds of work and their libraries, so that importing this module stays fast.

    Raises:
        ApiError: The payload exceeds a limit or is invalid for the kind, or cannot be validated at present,
            or the kind does not exist or cannot be used at present.
    """
    from lambdas.work.kinds import KINDS
    from lambdas.work.registry import KindUnusable, UnknownKind

    check_limits(payload)
    try:
        check_fit(KINDS[kind], payload)
    except KindUnusable as error:
        raise unusable_kind(error) from error
    except UnknownKind as error:
        raise invalid_fields([FieldError(field="payload", message=str(error))]) from error
    except ValidationError as error:
        raise invalid_fields(field_errors(error.errors(), within="payload")) from error
