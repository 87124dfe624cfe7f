"""What a resource was before an update: as its template said, and what AWS gave it.

LocalStack 4.14.0 takes what its resource provider has left of the template's properties, and providers
rewrite them: an API's `EndpointConfiguration` has `types` instead of `Types`, a table's `SSESpecification`
has `Enabled` instead of `SSEEnabled`. Compared with the new template they seem changed.
"""

import copy
from typing import Any

from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties
from localstack.utils.patch import Patch


def correct() -> None:
    """Let the template's properties stand over the provider's."""
    Patch.function(ChangeSetModelExecutor._merge_before_properties, _merge).apply()


def _merge(merge: Any, executor: Any, name: str, before: Any) -> PreprocProperties:
    left = merge(executor, name, before) or PreprocProperties({})
    return PreprocProperties({**left.properties, **copy.deepcopy(properties(before))})


def properties(resource: Any) -> dict[str, Any]:
    """A resource's properties by its template; it may have none, which the engine has an object for."""
    found: dict[str, Any] = resource.properties.properties if resource.properties else {}
    return found
