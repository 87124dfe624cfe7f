"""Names of a stage's resources."""

LIVE = "live"
"""The alias through which each function is called."""
STACK_TAG = "faultline:stack"
"""Tag with the stack's name, by which deployers' permissions identify resources without names."""


def options(stage: str, *, aws: bool) -> str:
    """Return the options that select a stage in a command of a message: `--aws --stage prod`."""
    return f"{'--aws ' if aws else ''}--stage {stage}"


class StageNames:
    """The names of the resources of the stage `name`."""

    name: str

    @property
    def stack_name(self) -> str:
        """The stack's name, `faultline-<stage>`, which is also the prefix of resource names."""
        return f"faultline-{self.name}"

    @property
    def log_group_name(self) -> str:
        """The log group that all functions share: `/aws/lambda/faultline-<stage>`."""
        return f"/aws/lambda/{self.stack_name}"

    @property
    def access_log_group_name(self) -> str:
        """The log group of the API's access logs: `/aws/apigateway/faultline-<stage>`."""
        return f"/aws/apigateway/{self.stack_name}"

    @property
    def task_queue_name(self) -> str:
        """The name of the task queue: `faultline-<stage>-tasks.fifo`."""
        return f"{self.stack_name}-tasks.fifo"

    @property
    def dlq_name(self) -> str:
        """The name of the dead-letter queue: `faultline-<stage>-tasks-dlq.fifo`."""
        return f"{self.stack_name}-tasks-dlq.fifo"

    @property
    def task_table_name(self) -> str:
        """The name of the task table: `faultline-<stage>-tasks`."""
        return f"{self.stack_name}-tasks"

    @property
    def circuit_table_name(self) -> str:
        """The name of the circuit table: `faultline-<stage>-circuits`."""
        return f"{self.stack_name}-circuits"

    @property
    def callback_secret_parameter(self) -> str:
        """The SSM parameter with the secret that signs callbacks: `/faultline/<stage>/callback-secret`."""
        return f"/faultline/{self.name}/callback-secret"

    def api_key_name(self, client: str) -> str:
        """Return the full name of a client's API key: `billing` -> `faultline-dev:billing`."""
        return f"{self.stack_name}:{client}"

    def dashboard_name(self, dashboard: str) -> str:
        """Return a dashboard's full name: `overview` -> `faultline-dev-overview`."""
        return f"{self.stack_name}-{dashboard}"

    def function_name(self, function: str) -> str:
        """Return a function's full name: `submit_task` -> `faultline-dev-submit-task`."""
        return f"{self.stack_name}-{function.replace('_', '-')}"

    def live_function(self, function: str) -> str:
        """Return a function's full name with its alias: `submit_task` -> `faultline-dev-submit-task:live`."""
        return f"{self.function_name(function)}:{LIVE}"
