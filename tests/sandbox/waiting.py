"""boto3 waiters that poll every 50 ms, where boto3's own poll once a second or less often."""

from typing import Any

_OFTEN = {"Delay": 0.05, "MaxAttempts": 1200}


def wait_until_active(functions: Any, name: str) -> None:
    """Wait until a function can be invoked, for a minute at most."""
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=_OFTEN)


def wait_for_stack(cloudformation: Any, name: str, event: str) -> None:
    """Wait until a stack has been created or deleted (`event`: create or delete), for a minute at most."""
    cloudformation.get_waiter(f"stack_{event}_complete").wait(StackName=name, WaiterConfig=_OFTEN)
