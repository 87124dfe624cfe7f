"""Shorter waits, and less work, in deployments.

LocalStack's CloudFormation checks five times in a row whether a resource is ready, and then once a second, so
a function that is ready after 0.1 s takes a second. For an update it waits twice, in steps of a second.

It makes four copies of the model of a change set, and keeps them, each with 7,000 paths in the template. At
each visit of each part of the model it derives a method's name from the name of a class. It evaluates each
template once more for transforms, also one without any.
"""

import json
from functools import cache, partialmethod
from typing import Any

from localstack import config
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.utils.patch import Patch

POLL_SECONDS = 0.05
WAIT_SECONDS = 120


def install() -> None:
    """Check at shorter intervals whether resources are ready."""
    loop = partialmethod(ResourceProviderExecutor.deploy_loop, sleep_time=POLL_SECONDS)
    Patch(ResourceProviderExecutor, "deploy_loop", loop).apply()
    # The environment variables of these settings accept whole seconds only.
    Patch(config, "BOTO_WAITER_DELAY", POLL_SECONDS).apply()
    Patch(config, "BOTO_WAITER_MAX_ATTEMPTS", round(WAIT_SECONDS / POLL_SECONDS)).apply()


def lighten_change_sets() -> None:
    """Share paths between copies, derive names once, and leave out the pass for transforms.

    Call this once CloudFormation is loaded.
    """
    from localstack.services.cloudformation.engine.v2 import change_set_model_visitor as visitor
    from localstack.services.cloudformation.engine.v2.change_set_model import Scope
    from localstack.services.cloudformation.engine.v2.change_set_model_transform import (
        ChangeSetModelTransform,
    )

    # LocalStack has no such method, so there is nothing to patch.
    setattr(Scope, "__deepcopy__", _itself)  # noqa: B010 - mypy refuses a new attribute
    Patch(visitor, "camel_to_snake_case", cache(visitor.camel_to_snake_case)).apply()
    Patch.function(ChangeSetModelTransform.transform, _transformed).apply()


def _itself(path: Any, _memo: dict[int, Any]) -> Any:
    return path


def _transformed(transform: Any, change_set: Any) -> tuple[Any, Any]:
    """Wrap ChangeSetModelTransform.transform, for templates that nothing transforms."""
    templates = change_set._before_template, change_set._after_template
    text = json.dumps(templates, default=str)
    return transform(change_set) if "Transform" in text or "Fn::ForEach" in text else templates
