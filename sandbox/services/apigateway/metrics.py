"""API Gateway's metrics of REST APIs, by API and by stage. Metrics by method are not published.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

Each request adds a value to each metric that applies, so the average of 4XXError and 5XXError is the error
rate. LocalStack publishes none of them.
"""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
from localstack.services.apigateway.next_gen.execute_api.handlers.integration import IntegrationHandler
from localstack.utils.patch import Patch

from sandbox.common.log_and_continue import contained
from sandbox.services.cloudwatch.store import METRICS, Dimensions, Metric, Sample, dimensions

NAMESPACE = "AWS/ApiGateway"


def install() -> None:
    """Start publishing the metrics."""
    Patch.function(RestApiGateway.process_with_context, process).apply()
    Patch.function(IntegrationHandler.__call__, integrate).apply()


def process(process: Any, gateway: Any, context: Any, response: Any) -> None:
    """Wrap RestApiGateway.process_with_context, to measure each request."""
    at, began = time.time(), time.perf_counter()
    process(gateway, context, response)
    latency = _milliseconds(began)
    with contained("a request to an API"):
        METRICS.add(_samples(context, response.status_code, at, latency))


def integrate(integrate: Any, handler: Any, chain: Any, context: Any, response: Any) -> None:
    """Wrap IntegrationHandler.__call__, to measure calls to the API's backend."""
    began = time.perf_counter()
    try:
        integrate(handler, chain, context, response)
    finally:
        context.integration_milliseconds = _milliseconds(began)


def _samples(context: Any, status: int, at: float, latency: float) -> Iterator[Sample]:
    deployment = context.deployment
    if deployment is None:
        return
    values = {
        "Count": (1.0, "Count"),
        "4XXError": (float(400 <= status < 500), "Count"),
        "5XXError": (float(status >= 500), "Count"),
        "Latency": (latency, "Milliseconds"),
    }
    integration: float | None = context.get("integration_milliseconds")
    if integration is not None:
        values["IntegrationLatency"] = (integration, "Milliseconds")
    for each in _dimension_sets(deployment.rest_api.rest_api["name"], context.stage):
        for name, (value, unit) in values.items():
            metric = Metric(deployment.account_id, deployment.region, NAMESPACE, name, each)
            yield Sample(metric, ((value, 1),), at, unit)


@lru_cache
def _dimension_sets(api: str, stage: str) -> tuple[Dimensions, Dimensions]:
    return dimensions({"ApiName": api}), dimensions({"ApiName": api, "Stage": stage})


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000
