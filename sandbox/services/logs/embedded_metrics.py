"""The embedded metric format: JSON log events that declare some of their members as metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
Valid names, units, values and times:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html

The specification does not cover events with both valid and invalid metrics; here no metric of such an event
is published.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, Never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sandbox.services.cloudwatch.store import (
    HIGH_RESOLUTION,
    NO_UNIT,
    STANDARD_RESOLUTION,
    Dimensions,
    dimensions,
)

PAST_SECONDS = 14 * 86_400
FUTURE_SECONDS = 2 * 3600
"""How far a value's time may be after now; PAST_SECONDS is the limit before now."""

_SIZES = [f"{size}{of}" for size in ("", "kilo", "mega", "giga", "tera") for of in ("bytes", "bits")]
_RATES = ["Count", *map(str.capitalize, _SIZES)]
UNITS = frozenset(
    [
        NO_UNIT,
        "Percent",
        "Seconds",
        "Milliseconds",
        "Microseconds",
        *_RATES,
        *(f"{each}/Second" for each in _RATES),
    ]
)


class Malformed(Exception):
    """The event declares metrics in a form that violates the specification (EMFParsingErrors)."""


class Invalid(Exception):
    """CloudWatch rejects a metric's value, unit, time or dimension (EMFValidationErrors)."""


class Extracted(NamedTuple):
    """A metric with its values and their time in seconds since 1970."""

    namespace: str
    name: str
    dimensions: Dimensions
    values: tuple[float, ...]
    at: float
    unit: str
    resolution: int


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


Name = Annotated[str, Field(min_length=1, max_length=255)]


class _Definition(_Model):
    name: Name = Field(alias="Name")
    unit: str = Field(NO_UNIT, alias="Unit")
    resolution: int = Field(STANDARD_RESOLUTION, alias="StorageResolution")


class _Directive(_Model):
    namespace: Name = Field(alias="Namespace")
    dimension_sets: list[Annotated[list[Name], Field(max_length=30)]] = Field(
        alias="Dimensions", min_length=1
    )
    metrics: list[_Definition] = Field(alias="Metrics", max_length=100)


class _Metadata(_Model):
    timestamp: int = Field(alias="Timestamp")  # milliseconds
    directives: list[_Directive] = Field(alias="CloudWatchMetrics")


Number = Annotated[float, Field(ge=-(2.0**360), le=2.0**360, allow_inf_nan=False, strict=True)]
_VALUES: TypeAdapter[tuple[float, ...]] = TypeAdapter(Annotated[tuple[Number, ...], Field(max_length=100)])


def extract(message: str, now: float) -> list[Extracted]:
    """Return the metrics in a log event's message; empty if it has another format.

    Raises:
        Malformed: The declaration violates the specification.
        Invalid: CloudWatch rejects a metric.
    """
    if '"_aws"' not in message:
        return []
    try:
        root = json.loads(message, parse_constant=_refuse)
    except ValueError:
        return []
    metadata = root.get("_aws") if isinstance(root, dict) else None
    if not isinstance(metadata, dict) or "CloudWatchMetrics" not in metadata:
        return []
    try:
        read = _Metadata.model_validate(metadata)
    except ValidationError as error:
        raise Malformed(str(error)) from error
    at = read.timestamp / 1000
    if not now - PAST_SECONDS <= at <= now + FUTURE_SECONDS:
        raise Invalid(f"{read.timestamp} is too long ago, or in the future")
    return [each for directive in read.directives for each in _metrics(directive, root, at)]


def _metrics(directive: _Directive, root: Mapping[str, Any], at: float) -> Iterator[Extracted]:
    sets = [_dimensions(names, root) for names in directive.dimension_sets]
    for definition in directive.metrics:
        if definition.unit not in UNITS:
            raise Invalid(f"{definition.unit} is not a unit")
        if definition.resolution not in (STANDARD_RESOLUTION, HIGH_RESOLUTION):
            raise Invalid(f"{definition.resolution} is not a storage resolution")
        values = _values(definition.name, root)
        for each in sets:
            yield Extracted(
                directive.namespace, definition.name, each, values, at, definition.unit, definition.resolution
            )


def _dimensions(names: list[str], root: Mapping[str, Any]) -> Dimensions:
    values = {name: root.get(name) for name in names}
    for name, value in values.items():
        if not isinstance(value, str) or not 1 <= len(value) <= 1024:
            raise Invalid(f"the dimension {name} is {value!r}")
    return dimensions({name: str(value) for name, value in values.items()})


def _values(name: str, root: Mapping[str, Any]) -> tuple[float, ...]:
    target = root.get(name)
    try:
        return _VALUES.validate_python(tuple(target) if isinstance(target, list) else (target,))
    except ValidationError as error:
        raise Invalid(f"the metric {name} is {target!r}") from error


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")
