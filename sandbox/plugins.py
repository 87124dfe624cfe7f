"""The ordered list of the sandbox's plug-ins, and the hooks that install them in LocalStack.

These are the only hooks. LocalStack silently skips a hook that it cannot import
(`HookManager.load_all_sorted` has `propagate_exceptions=False`), and functions would run without permission
checks. This module therefore imports nothing that could fail, and aborts the start if an entry fails.

Environment variables, read when LocalStack starts:
    SANDBOX_SPEED: `0` leaves out SPEED.
    SANDBOX_PLUGINS: names of entries, separated by commas; the others are left out.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from importlib import import_module

from localstack.runtime import hooks

from sandbox.entry import Entry

LOG = logging.getLogger(__name__)
PROVIDER = "faultline"
"""The name of our providers: `apigateway:faultline` in sandbox/pyproject.toml."""

CORRECTNESS = [
    Entry(
        name="listen_address",
        does="Listen only on the address that GATEWAY_LISTEN names, if the web server is LocalStack's own",
        on_start="common.loopback:install",
    ),
    Entry(
        name="apigateway",
        does="Import API documents as AWS does, and answer with their gateway responses",
        provider="apigateway",
    ),
    Entry(
        name="cloudformation",
        does="Make stack updates, refuse those that cannot be made, and roll back those that fail",
        provider="cloudformation",
    ),
    Entry(
        name="dynamodb",
        does="Serve DynamoDB from moto's tables, with AWS's limits, numbers and transactions",
        provider="dynamodb",
    ),
    Entry(
        name="events",
        does="Start each target of a scheduled rule once, according to the rule's current state",
        provider="events",
    ),
    Entry(name="s3", does="Keep S3's files in the sandbox's own folder", provider="s3"),
    Entry(name="xray", does="Serve X-Ray's API from traces in memory", provider="xray"),
    Entry(
        name="queues",
        does="Order, return and block messages of FIFO queues as SQS does",
        on_start="services.sqs.arrivals:install",
    ),
    Entry(
        name="queue_limits",
        does="Refuse visibility timeouts and queue attributes beyond AWS's limits",
        on_start="services.sqs.limits:install",
    ),
    Entry(name="redrive", does="Give redriven messages a new id", on_start="services.sqs.redrive:install"),
    Entry(
        name="event_source_mapping",
        does="Invoke functions concurrently for the messages of a queue",
        on_start="services.lambda_.event_source_mapping.worker_factory:install",
    ),
    Entry(
        name="lambda_payloads",
        does="Refuse payloads that are too large for a function",
        on_start="services.lambda_.payloads:install",
    ),
    # Before the metrics, which count the stopped invocations.
    Entry(
        name="recursive_loops",
        does="Stop functions that invoke themselves repeatedly through queues",
        on_start="services.lambda_.recursion:install",
    ),
    Entry(
        name="permissions",
        does="Refuse calls that a function's role or a queue's policy does not allow",
        on_start="services.iam.permissions.enforcement:install",
    ),
    Entry(
        name="api_keys",
        does="Remove deleted API keys from their usage plans",
        on_start="services.apigateway.api_keys:install",
    ),
    Entry(
        name="source_address",
        does="Pass the client's address to functions",
        on_start="services.apigateway.source_address:install",
    ),
    Entry(
        name="throttling",
        does="Throttle requests by the limits of stages and usage plans",
        on_start="services.apigateway.usage_plans:install",
    ),
    Entry(
        name="cloudwatch",
        does="Keep metrics in memory and evaluate alarms, metric math and percentiles",
        on_start="services.cloudwatch.provider:install",
    ),
    Entry(name="sqs_metrics", does="Publish queues' metrics", on_start="services.sqs.metrics:install"),
    Entry(
        name="lambda_metrics", does="Publish functions' metrics", on_start="services.lambda_.metrics:install"
    ),
    Entry(
        name="apigateway_metrics",
        does="Publish APIs' metrics",
        on_start="services.apigateway.metrics:install",
    ),
    Entry(
        name="dynamodb_metrics", does="Publish tables' metrics", on_start="services.dynamodb.metrics:install"
    ),
    Entry(
        name="embedded_metrics",
        does="Publish the metrics that log events contain",
        on_start="services.logs.metrics:install",
    ),
    Entry(
        name="log_events",
        does="Keep log events compactly in memory, and drop the oldest beyond a limit",
        on_start="services.logs.event_store:install",
    ),
    Entry(
        name="log_filters",
        does="Filter log events by pattern and return them in order of time",
        on_start="services.logs.filter_patterns.operation:install",
    ),
    Entry(
        name="lambda_logs",
        does="Deliver function logs to their configured log group while functions run",
        on_start="services.lambda_.logs:install",
    ),
    Entry(
        name="trace_daemon",
        does="Receive the trace segments that functions send",
        on_start="services.lambda_.trace_daemons:install",
        on_shutdown="services.lambda_.trace_daemons:stop",
    ),
    # After the metrics: a trace includes the time that publishing takes.
    Entry(
        name="lambda_traces",
        does="Send Lambda's own trace segments",
        on_start="services.lambda_.traces:install",
    ),
    Entry(
        name="apigateway_traces",
        does="Send API Gateway's own trace segments",
        on_start="services.apigateway.traces:install",
    ),
]
"""Entries for behaviour of AWS that LocalStack lacks. README.md has the sources."""

SPEED = [
    Entry(
        name="postponed_imports",
        does="Import large LocalStack modules only when they are used",
        on_create="speed.postponed_imports:install",
    ),
    Entry(name="random_ids", does="Create ids without system calls", on_create="speed.random_ids:install"),
    Entry(name="private_keys", does="Create private keys lazily", on_start="speed.private_keys:install"),
    Entry(
        name="garbage_collection",
        does="Collect garbage less often",
        on_start="speed.garbage_collection:install",
        on_ready="speed.garbage_collection:freeze",
    ),
    Entry(
        name="freed_memory",
        does="Return freed memory to the system after work",
        on_ready="speed.freed_memory:install",
    ),
    Entry(name="prompt_exit", does="Exit once LocalStack has stopped", on_start="speed.prompt_exit:install"),
    Entry(
        name="loading",
        does="Read botocore's data once, and compile URL builders only when they are used",
        on_start="speed.loading:install",
    ),
    Entry(
        name="requests",
        does="Skip LocalStack's browser and routing handlers for signed AWS requests",
        on_start="speed.requests:install",
    ),
    Entry(
        name="tables",
        does="Read and update moto's tables without copying and parsing repeatedly",
        on_start="speed.tables.install:install",
    ),
    Entry(
        name="shared_code",
        does="Store an artifact once for all functions that have it",
        on_start="speed.shared_code:install",
    ),
    Entry(
        name="forking",
        does="Fork execution environments from a process that has imported their libraries",
        on_start="speed.forking:install",
    ),
    Entry(
        name="environment_timers",
        does="Keep idle execution environments without a new thread for each invocation",
        on_start="speed.environment_timers:install",
    ),
    Entry(
        name="event_pollers", does="End a function's version at once", on_start="speed.event_pollers:install"
    ),
    Entry(
        name="service_loading",
        does="Load a deployment's services concurrently when it begins",
        on_start="speed.service_loading:install",
    ),
    Entry(
        name="deployments",
        does="Poll the resources of a deployment at shorter intervals",
        on_start="speed.deployments:install",
    ),
]
"""Entries that save time or memory and change no behaviour."""

TEST_TOOLS = [
    Entry(
        name="faults",
        does="Fail or delay calls according to fault rules",
        on_start="faults.injection:install",
        on_shutdown="faults.injection:end",
    ),
    Entry(name="faults_api", does="Serve /_faultline/faults", on_start="faults.api:install"),
    Entry(
        name="permissions_api",
        does="Serve /_faultline/permissions",
        on_start="services.iam.permissions.usage:install",
    ),
]
"""Tools for tests and demonstrations, without a counterpart on AWS."""

# Speed first, as it shortens the other imports. Faults before metrics, which measure from the end of a fault.
ORDER = (*SPEED, *TEST_TOOLS, *CORRECTNESS)


def selected(environment: Mapping[str, str]) -> list[Entry]:
    """Return the entries to install, in order.

    Raises:
        ValueError: SANDBOX_PLUGINS contains a name without an entry.
    """
    names = {entry.name for entry in ORDER}
    wanted = {name.strip() for name in environment.get("SANDBOX_PLUGINS", "").split(",")} - {""} or names
    if unknown := sorted(wanted - names):
        raise ValueError(f"SANDBOX_PLUGINS: there is no entry named {', '.join(unknown)}")
    if environment.get("SANDBOX_SPEED") == "0":
        wanted = wanted - {entry.name for entry in SPEED}
    return [entry for entry in ORDER if entry.name in wanted]


@hooks.on_runtime_create()
def create() -> None:
    """Run the entries' `on_create` functions. An exception aborts LocalStack's start."""
    _run((entry.name, entry.on_create) for entry in selected(os.environ))


@hooks.on_infra_start()
def start() -> None:
    """Install the entries. An exception aborts LocalStack's start."""
    from localstack import config

    from sandbox import entry_points

    entry_points.load()
    entries = selected(os.environ)
    for entry in entries:
        if entry.provider:
            config.SERVICE_PROVIDER_CONFIG.set_provider(entry.provider, PROVIDER)
    _run((entry.name, entry.on_start) for entry in entries)


@hooks.on_infra_ready()
def ready() -> None:
    """Run the entries' `on_ready` functions. An exception aborts LocalStack's start."""
    _run((entry.name, entry.on_ready) for entry in selected(os.environ))


@hooks.on_infra_shutdown()
def shutdown() -> None:
    """Run the entries' `on_shutdown` functions, in reverse order."""
    _run((entry.name, entry.on_shutdown) for entry in reversed(selected(os.environ)))


def _run(functions: Iterable[tuple[str, str | None]]) -> None:
    for name, path in functions:
        if path is None:
            continue
        module, _, function = path.partition(":")
        try:
            getattr(import_module(f"sandbox.{module}"), function)()
        except Exception:
            LOG.exception("%s failed in sandbox.%s", name, path)
            raise
