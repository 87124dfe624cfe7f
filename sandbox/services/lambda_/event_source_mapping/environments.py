"""Selection of an execution environment for an invocation, without a race.

LocalStack publishes a new environment before it is reserved. Another invocation can take it
(InvalidStatusException), and the invocation that it was started for fails.
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
    """LocalStack's selection of environments, without its races."""

    @contextmanager
    def get_environment(
        self,
        version_manager_id: str,
        function_version: FunctionVersion,
        provisioning_type: InitializationType,
    ) -> Iterator[ExecutionEnvironment]:
        """Reserve an environment, and try again if another invocation was faster."""
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
