"""DynamoDB on moto's tables, inside LocalStack: LocalStack's own needs Java and a download at start.

moto is called by one thread at a time, because its tables are plain Python objects: two conditional updates
of an item must not both succeed, and a query must not meet a table that changes.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import threading
from typing import Any

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="dynamodb", name="moto")
def dynamodb() -> Service:
    """The provider that PROVIDER_OVERRIDE_DYNAMODB=moto selects."""
    from localstack.aws.api import RequestContext, ServiceRequest, ServiceResponse
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.aws.forwarder import ForwardingFallbackDispatcher
    from localstack.services.moto import call_moto

    from sandbox import items, quick_tables, table_resource

    items.correct_moto()
    quick_tables.quicken_moto()
    table_resource.set_point_in_time_recovery()
    one_at_a_time = threading.Lock()

    def call(context: RequestContext, request: ServiceRequest) -> ServiceResponse:  # noqa: ARG001
        with one_at_a_time:
            return call_moto(context)

    def dispatch(provider: Any) -> Any:
        # DynamodbApi implements no operation, so that each one falls back to moto.
        return ForwardingFallbackDispatcher(provider, call)

    return Service.for_provider(DynamodbApi(), dispatch_table_factory=dispatch)
