"""The cost factors in a rendered template."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.costs.prices import SECONDS_PER_MONTH

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function as defined in the template.

    Attributes:
        name: The name without the stack's prefix.
        provisioned: Number of provisioned execution environments.
    """

    name: str
    architecture: str
    memory_gb: float
    traced: bool
    snap_start: bool
    provisioned: int
    variables: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A function that is invoked on a schedule, with its runs per month and its input."""

    function: Function
    runs: float
    input: Mapping[str, Any]


class Stack:
    """A rendered template.

    Args:
        template: The template as CloudFormation receives it.
        name: Name of the stack.
    """

    def __init__(self, template: Mapping[str, Any], name: str) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self._name = name

    def types(self) -> set[str]:
        """Return the types of all resources."""
        return {resource["Type"] for resource in self._resources.values()}

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return the properties of all resources of a type, by logical id."""
        return {
            logical: resource.get("Properties", {})
            for logical, resource in self._resources.items()
            if resource["Type"] == kind
        }

    def functions(self) -> dict[str, Function]:
        """Return all functions by logical id."""
        provisioned: dict[str, int] = {}
        for kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            for properties in self.of_type(kind).values():
                config = properties.get("ProvisionedConcurrencyConfig", {})
                count = int(config.get("ProvisionedConcurrentExecutions", 0))
                logical = _referred(properties["FunctionName"])
                provisioned[logical] = provisioned.get(logical, 0) + count
        return {
            logical: Function(
                name=properties["FunctionName"].removeprefix(f"{self._name}-").replace("-", "_"),
                architecture=properties.get("Architectures", ["x86_64"])[0],
                memory_gb=properties.get("MemorySize", 128) / 1024,
                traced=properties.get("TracingConfig", {}).get("Mode") == "Active",
                snap_start=properties.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions",
                provisioned=provisioned.get(logical, 0),
                variables=properties.get("Environment", {}).get("Variables", {}),
            )
            for logical, properties in self.of_type("AWS::Lambda::Function").items()
        }

    def schedules(self) -> Iterator[Schedule]:
        """Yield the functions that enabled rules invoke at a rate."""
        functions = self.functions()
        for rule in self.of_type("AWS::Events::Rule").values():
            rate = _RATE.fullmatch(rule.get("ScheduleExpression", ""))
            if rate is None or rule.get("State", "ENABLED") != "ENABLED":
                continue
            runs = SECONDS_PER_MONTH / (int(rate[1]) * _SECONDS[rate[2]])
            for target in rule["Targets"]:
                function = functions[self._function(_referred(target["Arn"]))]
                yield Schedule(function=function, runs=runs, input=json.loads(target.get("Input", "{}")))

    def _function(self, logical: str) -> str:
        """Return the logical id of a function, given the logical id of the function or its alias."""
        resource = self._resources[logical]
        if resource["Type"] == "AWS::Lambda::Function":
            return logical
        return _referred(resource["Properties"]["FunctionName"])


def _referred(value: Mapping[str, Any]) -> str:
    """Return the logical id that a `Ref` or `Fn::GetAtt` refers to."""
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])
