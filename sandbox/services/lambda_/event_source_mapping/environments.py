"""The choice of an execution environment, so that concurrent invocations do not disturb each other.

LocalStack 4.14.0 looks for a free environment in a dictionary that other invocations change meanwhile
(RuntimeError), and shows a new environment to others before it is reserved, so that one of them takes it away
(InvalidStatusException). In both cases an invocation fails that never started.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from localstack.services.lambda_.invocation.assignment import AssignmentService
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    InvalidStatusException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InitializationType


class Snapshots(dict[str, ExecutionEnvironment]):
    """A version's environments by id; whoever iterates over them sees those there were at that moment."""

    def values(self) -> Any:
        return list(super().values())


class Environments(AssignmentService):
    """LocalStack's choice of environments, without its races."""

    environments: dict[str, dict[str, ExecutionEnvironment]]

    def __init__(self) -> None:
        super().__init__()
        self.environments = defaultdict(Snapshots)

    @contextmanager
    def get_environment(
        self,
        version_manager_id: str,
        function_version: FunctionVersion,
        provisioning_type: InitializationType,
    ) -> Iterator[ExecutionEnvironment]:
        with ExitStack() as stack:
            environment = None
            while not environment:
                try:
                    environment = stack.enter_context(
                        super().get_environment(version_manager_id, function_version, provisioning_type)
                    )
                except InvalidStatusException:
                    continue  # another invocation has the environment that was started for this one
            yield environment
