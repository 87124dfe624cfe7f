"""JSON form of domain values: camelCase keys, and RFC 3339 times in UTC with milliseconds."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.alias_generators import to_camel


def rfc3339(moment: datetime) -> str:
    """Format an aware time as `2026-01-31T12:00:00.000Z`; such strings sort chronologically.

    Raises:
        ValueError: The time has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    AwareDatetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]


_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _written(value: object) -> object:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be a time with its offset, such as 2026-01-31T12:00:00Z (RFC 3339)")
    return value


def _in_utc(moment: datetime) -> datetime:
    """Convert a time to UTC, and truncate it to milliseconds, as it would be when it is stored."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999, in UTC") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


GivenTime = Annotated[
    Timestamp,
    AfterValidator(_in_utc),
    BeforeValidator(_written, json_schema_input_type=str),
    Field(examples=["2026-01-31T12:00:00Z"], json_schema_extra={"format": "date-time"}),
]
"""A time given by a client: RFC 3339 with an offset (https://www.rfc-editor.org/rfc/rfc3339#section-5.6).

Numbers are rejected, since pydantic would read them as seconds or milliseconds since 1970, depending on their
size.
"""

_FINER_THAN_MILLISECONDS = re.compile(r"\.\d{3}\d*[1-9]", re.ASCII)


def _rounded_up(given: str, read: ValidatorFunctionWrapHandler) -> datetime:
    truncated: datetime = read(given)
    if not _FINER_THAN_MILLISECONDS.search(given):
        return truncated
    try:
        return truncated + timedelta(milliseconds=1)
    except OverflowError:  # the last millisecond of the year 9999
        return truncated


TimeLimit = Annotated[GivenTime, WrapValidator(_rounded_up)]
"""A time given by a client as a limit of stored times: `limit <= time`, or `time < limit`.

It is rounded up to milliseconds. Stored times have whole milliseconds, so each comparison has the same result
as with the given time.
"""


# For values that are stored or sent between functions. During a deployment, or after a rollback, older code
# reads values written by newer code: it must ignore fields that it does not know.
STORED = ConfigDict(validate_by_name=True, extra="ignore")


class JsonModel(BaseModel):
    """Base class of immutable values with camelCase keys in JSON; unknown keys are rejected.

    A model's validator and serializer are built at its first use, since a function uses few of the models it
    imports: https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.defer_build
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)
