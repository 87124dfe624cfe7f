"""Put our FilterLogEvents in place of LocalStack's."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def filter_log_events() -> None:
    """Answer FilterLogEvents by pattern and in the order of time."""
    from localstack.aws.api import handler
    from localstack.services.logs import provider

    from sandbox.services.logs.filter_patterns import operation

    answer = handler("FilterLogEvents", expand=False)(operation.filter_log_events)
    provider.LogsProvider.filter_log_events = answer  # type: ignore[assignment, method-assign]
