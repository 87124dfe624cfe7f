"""Validation of payloads by the models of their kinds."""

from contextlib import suppress
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic_core import PydanticCustomError

from lambdas.domain import strict_json
from lambdas.domain.category import Category
from lambdas.domain.errors import classify
from lambdas.telemetry.logs import logger
from lambdas.telemetry.masking import masked
from lambdas.work.registry import Kind


def valid_payload(kind: Kind[Any], payload: JsonValue) -> Any:
    """Convert a payload to its kind's model; the payload itself stays as it is.

    One that does not fit is validated again as JSON: a strict model accepts a time as a string only then. A
    payload that fits is not, since a member of a union, such as `str | UUID`, could become another one.

    Raises:
        ValidationError: The payload is invalid for the model. If a validator of the model has refused it with
            an error of category VALIDATION other than ValueError or AssertionError, that is the cause.
        Exception: Any other error of a validator.
    """
    text = strict_json.dumps(payload)
    try:
        with suppress(ValidationError):
            # A copy, since a validator may change what it is given, and the payload is stored.
            return kind.payload.model_validate(strict_json.loads_own(text))
        return kind.payload.model_validate_json(text)
    except ValidationError:
        raise
    except Exception as error:
        if classify(error).category is Category.VALIDATION:
            raise failed_validation(kind, error) from error
        raise


def failed_validation(kind: Kind[Any], error: Exception) -> ValidationError:
    """Create the error for a payload on which a validator failed, and log the reason."""
    logger.error("validator of a payload failed", kind=kind.name, exc_info=error)
    named = classify(error)
    reason = PydanticCustomError(
        "validator_failed", "{text}", {"text": masked(f"{named.type}: {named.message}")}
    )
    return ValidationError.from_exception_data(
        kind.payload.__name__, [{"type": reason, "loc": (), "input": None}], hide_input=True
    )
