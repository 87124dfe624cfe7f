"""Faults of LocalStack and moto in tracing whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import importlib.util
import inspect
from importlib import metadata

from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.utils.xray.trace_header import TraceHeader
from moto.xray import models as moto_xray
from werkzeug.datastructures import Headers


def test_there_is_no_provider() -> None:
    """LocalStack has no X-Ray provider but ours (sandbox.services.xray.api)."""
    providers = metadata.entry_points(group="localstack.aws.provider")
    assert [each.value for each in providers if each.name.startswith("xray:")] == [
        "sandbox.services.xray.provider:xray"
    ]
    assert importlib.util.find_spec("localstack.services.xray") is None


def test_motos_summaries_are_not_enough() -> None:
    """Moto's trace summaries have no annotations and no filters (sandbox.services.xray.api)."""
    source = inspect.getsource(moto_xray)
    assert '"Annotations": {},  # Not implemented yet' in source
    assert source.count("Not implemented yet - moto") == 1
    assert ".pop(" not in source  # moto keeps its traces for ever


def test_functions_are_told_of_a_daemon_that_is_not_there() -> None:
    """Functions get the fixed address of a daemon that does not run (lambda_.trace_daemons)."""
    source = inspect.getsource(ExecutionEnvironment.get_environment_variables)
    assert '"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"' in source


def test_every_trace_is_sampled() -> None:
    """The caller's sampling decision is ignored, and the parent is invented (lambda_.traces)."""
    assert TraceHeader(sampled=0).ensure_sampled_exists().sampled == 1
    source = inspect.getsource(ExecutionEnvironment.invoke)
    assert "aws_trace_header.ensure_sampled_exists()" in source
    assert "aws_trace_header.ensure_parent_exists()" in source


def test_a_clients_garbage_is_passed_on() -> None:
    """A client's invalid trace header is passed on (sandbox.services.apigateway.traces)."""
    assert InvocationRequestParser.populate_trace_id(Headers({"X-Amzn-Trace-Id": "Root=x"})).startswith(
        "Root=x;"
    )


def test_functions_are_not_told_of_the_stages_trace() -> None:
    """API Gateway invokes Lambda without a trace header (sandbox.services.apigateway.traces)."""
    assert "trace" not in inspect.getsource(RestApiAwsProxyIntegration.call_lambda)
