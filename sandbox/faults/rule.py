"""Fault rules: the calls to hit, and the error or delay to inject."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from sandbox.faults import aws_errors
from sandbox.faults.aws_errors import CONNECTION_RESET

LONGEST_LATENCY_MS = 900_000
"""The longest timeout of a function, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class Rule(BaseModel):
    """A fault rule: `{service, operation?, probability?, error? | latencyMs?, count?, when?}`.

    service: botocore's name of the service, "dynamodb".
    operation: botocore's name of the operation, "UpdateItem"; all operations when absent.
    probability: the probability that a call is hit, more than 0 and at most 1; 1 when absent.
    error: the code of one of the service's errors, or ConnectionReset.
    latencyMs: the delay of a correct response. Exactly one of error and latencyMs is given.
    count: the maximum number of hits; unlimited when absent.
    when: "before", the default: the error replaces the call, or the delay precedes it. "after": the call is
        made, and its response is lost or delayed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    service: str
    operation: str | None = None
    probability: float = Field(default=1.0, gt=0, le=1)
    error: str | None = None
    latency_ms: Annotated[
        int | None, Field(alias="latencyMs", gt=0, le=LONGEST_LATENCY_MS, validate_default=True)
    ] = None
    count: int | None = Field(default=None, gt=0)
    when: Literal["before", "after"] = "before"

    @field_validator("service")
    @classmethod
    def _service_exists(cls, service: str) -> str:
        aws_errors.check_service(service)
        return service

    @field_validator("operation")
    @classmethod
    def _operation_exists(cls, operation: str | None, info: ValidationInfo) -> str | None:
        if operation is not None and "service" in info.data:
            aws_errors.check_operation(info.data["service"], operation)
        return operation

    @field_validator("error")
    @classmethod
    def _error_exists(cls, error: str | None, info: ValidationInfo) -> str | None:
        """Return the code of an error that the service has, given by its code or its exception's name."""
        if error is None or error == CONNECTION_RESET or "service" not in info.data:
            return error
        return aws_errors.find(info.data["service"], error).code

    # A field validator, since pydantic validates a model as a whole only if every field is valid.
    @field_validator("latency_ms")
    @classmethod
    def _exactly_one(cls, latency_ms: int | None, info: ValidationInfo) -> int | None:
        if "error" in info.data and (info.data["error"] is None) == (latency_ms is None):
            raise ValueError("exactly one of error and latencyMs is required")
        return latency_ms

    def applies_to(self, service: str, operation: str) -> bool:
        """Return whether the rule applies to an operation."""
        return service == self.service and self.operation in (None, operation)


class RuleSet(BaseModel):
    """`{faults: [rule...], seed?}`. With a seed, the same sequence of calls gets the same faults."""

    model_config = ConfigDict(extra="forbid", strict=True)

    faults: list[Rule]
    seed: int | None = None


def offences(error: ValidationError) -> dict[str, str]:
    """Return error messages by field: `{"faults[0].probability": "Input should be greater than 0"}`."""
    found = dict[str, str]()
    for each in error.errors(include_url=False):
        # Pydantic names a missing field by its Python name.
        names = ("latencyMs" if step == "latency_ms" else step for step in each["loc"])
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in names)
        told = each["ctx"]["error"] if each["type"] == "value_error" else each["msg"]
        found["".join(steps).removeprefix(".") or "body"] = str(told)
    return found
