"""Variables in the body and headers of a gateway response.

A body is not a VTL template: only variables are replaced.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.responseParameters.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_VARIABLE = re.compile(r"\$((?:context|stageVariables)(?:\.\w+)+|method\.request\.\w+\.[\w-]+)")
_HEADER = "gatewayresponse.header."


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The values that a gateway response may refer to."""

    context: Mapping[str, Any]
    stage_variables: Mapping[str, str]
    request: Mapping[str, Mapping[str, str]]
    """The request's parameters by location: header, querystring, path."""

    @classmethod
    def of(cls, invocation: Any) -> Self:
        """Take the variables from LocalStack's invocation context."""
        request = invocation.invocation_request
        return cls(
            context=invocation.context_variables,
            stage_variables=invocation.stage_variables or {},
            request={
                "header": request["headers"],
                "querystring": request["query_string_parameters"],
                "path": request.get("path_parameters") or {},
            },
        )

    def render(self, template: str) -> str:
        """Replace variables: `$context.error.messageString` -> `"Missing Authentication Token"`.

        Unknown variables become empty.
        """
        return _VARIABLE.sub(lambda match: self._value(match[1]) or "", template)

    def headers(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Compute headers: `{"gatewayresponse.header.X": "'a'"}` -> `{"X": "a"}`.

        Headers without a value are left out.
        """
        values = {
            name.removeprefix(_HEADER): self._parameter(value)
            for name, value in parameters.items()
            if name.startswith(_HEADER)
        }
        return {name: value for name, value in values.items() if value is not None}

    def _parameter(self, expression: str) -> str | None:
        if len(expression) > 1 and expression[0] == expression[-1] == "'":
            return expression[1:-1]
        return self._value(expression)

    def _value(self, name: str) -> str | None:
        """Return a variable's value, or None: `context.requestId`, `method.request.header.Accept`."""
        source, _, path = name.partition(".")
        if source == "method":
            _, position, parameter = path.split(".", 2)
            return self.request.get(position, {}).get(parameter)
        value: Any = {"context": self.context, "stageVariables": self.stage_variables}.get(source)
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return None if value is None else str(value)
