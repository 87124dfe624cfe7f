"""Creation of a function's objects during initialization rather than in the first invocation.

With provisioned concurrency or a snapshot, no invocation waits for initialization; otherwise,
initialization has more CPU than the invocations of a small function. Clients open no connection before their
first call.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
"""

import os
import random
from collections.abc import Callable

from lambdas.domain.message import TaskMessage
from lambdas.domain.task import Task

# Set in every execution environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_IN_LAMBDA = "AWS_LAMBDA_INITIALIZATION_TYPE"


def prepare(*makers: Callable[[], object]) -> None:
    """In Lambda, call the factories of a function's objects and build the models that every function uses.

    Args:
        makers: Cached factory functions.

    Raises:
        InvalidSettings: Environment variables are missing or invalid; Lambda reports a failed initialization.
    """
    if os.environ.get(_IN_LAMBDA) == "snap-start":
        # It is a part of Lambda's runtime.
        from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]

        # The environments that start from one snapshot would otherwise draw the same numbers, as for jitter:
        # https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
        register_after_restore(random.seed)
    if _IN_LAMBDA in os.environ:
        for make in makers:
            make()
        for model in (Task, TaskMessage):
            model.model_rebuild()  # builds it now, instead of at its first use
