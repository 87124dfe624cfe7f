"""boto3 waiters that poll every 50 ms instead of every few seconds."""

from typing import Any

_OFTEN = {"Delay": 0.05, "MaxAttempts": 3600}


def wait_until_active(functions: Any, name: str) -> None:
    """Wait up to three minutes until a function can be invoked."""
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=_OFTEN)


def wait_for_stack(cloudformation: Any, name: str, event: str) -> None:
    """Wait up to three minutes until a stack has been created or deleted (`event`: create or delete)."""
    cloudformation.get_waiter(f"stack_{event}_complete").wait(StackName=name, WaiterConfig=_OFTEN)
