"""Tracing is still needed: LocalStack has none.

When one fails after an upgrade, a part of `sandbox.tracing` can go.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import inspect

from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.xray.trace_header import TraceHeader


def test_there_is_no_x_ray() -> None:
    """sandbox.tracing.provider: but for ours there is no provider."""
    providers = SERVICE_PLUGINS.api_provider_specs["xray"]
    assert providers == ["default"]
    [spec] = [each for each in SERVICE_PLUGINS.plugin_manager.list_names() if each.startswith("xray")]
    assert spec == "xray:default"


def test_functions_are_led_on_from_nowhere() -> None:
    """sandbox.tracing.functions: the header has a parent that no segment is of."""
    assert "ensure_parent_exists()" in inspect.getsource(ExecutionEnvironment.invoke)


def test_what_is_not_to_be_sampled_is_sampled() -> None:
    """sandbox.tracing.functions: whoever invokes has decided, and LocalStack decides anew."""
    assert TraceHeader(sampled=0).ensure_sampled_exists().sampled == 1


def test_requests_are_not_sampled() -> None:
    """sandbox.tracing.gateway: whatever the stage says."""
    assert InvocationRequestParser.populate_trace_id({}).endswith(";Sampled=0")  # type: ignore[arg-type]
