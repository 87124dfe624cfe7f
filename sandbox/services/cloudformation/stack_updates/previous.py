"""The properties of a resource before an update: those of its template, and those that AWS assigned.

LocalStack uses the template's properties after its resource provider has rewritten them: an API's
`EndpointConfiguration` has `types` instead of `Types`, a table's `SSESpecification` has `Enabled` instead of
`SSEEnabled`. Compared with the new template, unchanged properties seem changed.
"""

import copy
from typing import Any

from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties
from localstack.utils.patch import Patch


def correct() -> None:
    """Make updates prefer the template's properties to the provider's."""
    Patch.function(ChangeSetModelExecutor._merge_before_properties, _merge).apply()


def _merge(merge: Any, executor: Any, name: str, before: Any) -> PreprocProperties:
    left = merge(executor, name, before) or PreprocProperties({})
    return PreprocProperties({**left.properties, **copy.deepcopy(properties(before))})


def properties(resource: Any) -> dict[str, Any]:
    """Return a resource's properties in the template; empty if it has none."""
    found: dict[str, Any] = resource.properties.properties if resource.properties else {}
    return found
