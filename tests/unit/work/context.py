"""The context of an attempt for tests of work."""

from lambdas.work.registry import WorkContext


def a_context(*, private: bool = True, remaining_seconds: float = 60.0) -> WorkContext:
    return WorkContext(
        task_id="t",
        attempt=1,
        idempotency_key="t:0",
        correlation_id="c-1",
        remaining_seconds=lambda: remaining_seconds,
        may_reach_private_addresses=private,
    )
