"""Puts patterns and the order of events in place."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def filter_log_events() -> None:
    """Have CloudWatch Logs heed patterns, and answer FilterLogEvents itself, without moto."""
    from localstack.aws.api import handler
    from localstack.services.logs import provider
    from localstack.utils.patch import Patch, create_patch_proxy
    from moto.logs.models import LogsBackend, LogStream

    from sandbox.services.logs.filter_patterns import deliveries, operation

    vars(provider)["get_pattern_matcher"] = deliveries.get_pattern_matcher
    answer = handler("FilterLogEvents", expand=False)(operation.filter_log_events)
    provider.LogsProvider.filter_log_events = answer  # type: ignore[assignment, method-assign]
    # Patch.function would not find them all: LocalStack has put functions of its own in place of some.
    for owner, around in (
        (LogsBackend, deliveries.put_metric_filter),
        (LogsBackend, deliveries.put_subscription_filter),
        (LogStream, deliveries.put_log_events),
    ):
        name = around.__name__
        Patch(owner, name, create_patch_proxy(getattr(owner, name), around)).apply()
