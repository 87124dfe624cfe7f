"""The choice of an execution environment, so that concurrent invocations do not disturb each other.

LocalStack 4.14.0 shows a new environment to others before it is reserved, so that one of them takes it away
(InvalidStatusException): an invocation fails that never started.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from localstack.services.lambda_.invocation.assignment import AssignmentService
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    InvalidStatusException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InitializationType


class Environments(AssignmentService):
    """LocalStack's choice of environments, without its races."""

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
