"""Validation of payloads by the models of their kinds."""

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
    """Convert a payload to its kind's model, as JSON: a strict model, too, accepts a time as a string.

    Raises:
        ValidationError: The payload is invalid for the model. If a validator of the model failed with an
            error other than ValueError or AssertionError, that is the cause.
        Exception: An error of a validator that another attempt may not meet, such as a lost connection.
    """
    try:
        return kind.payload.model_validate_json(strict_json.dumps(payload))
    except ValidationError:
        raise
    except Exception as error:
        if classify(error).category not in (Category.VALIDATION, Category.UNKNOWN):
            raise
        logger.exception("validator of a payload failed", kind=kind.name)
        raise _invalid(kind, error) from error


def _invalid(kind: Kind[Any], error: Exception) -> ValidationError:
    """Create the error for a payload on which a validator failed."""
    named = classify(error)
    reason = PydanticCustomError(
        "validator_failed", "{text}", {"text": masked(f"{named.type}: {named.message}")}
    )
    return ValidationError.from_exception_data(
        kind.payload.__name__, [{"type": reason, "loc": (), "input": None}], hide_input=True
    )
