"""JSON of domain values: camelCase keys, RFC 3339 times in UTC with milliseconds."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel


def rfc3339(moment: datetime) -> str:
    """Write an aware time as `2026-01-31T12:00:00.000Z`; such strings sort as their times do.

    Raises:
        ValueError: The time is naive, so its meaning is unknown.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[AwareDatetime, PlainSerializer(rfc3339, return_type=str)]


def _written(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a string, such as 2026-01-31T12:00:00Z")  # noqa: TRY004 # pydantic wants it
    return value


GivenTime = Annotated[
    Timestamp,
    BeforeValidator(_written, json_schema_input_type=str),
    Field(examples=["2026-01-31T12:00:00Z"], json_schema_extra={"format": "date-time"}),
]
"""A time from a client, which must be a string.

pydantic would read a number as seconds or milliseconds since 1970, depending on its size.
"""


# For values that are stored or sent between functions. During a deployment, or after its rollback, older code
# reads what newer code wrote: it must ignore fields that it does not know.
STORED = ConfigDict(validate_by_name=True, extra="ignore")


class JsonModel(BaseModel):
    """Base of frozen values whose JSON has camelCase keys, and no keys but the declared ones."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)
