"""Throttling of API requests by the limits of stages and usage plans, which LocalStack ignores.

AWS applies, in this order: the limits that a usage plan sets for an API key, for one method or for all of
them; then the limits of the stage for a method. A limit that a stage sets for all methods applies to each
method separately. A limit is a token bucket. A request that finds no token is answered with 429, "Too Many
Requests", and one beyond a plan's quota with 429, "Limit Exceeded": the gateway responses THROTTLED and
QUOTA_EXCEEDED.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html

Not implemented: the account's limit of 10,000 requests a second, which a laptop does not reach, and a quota's
offset.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.services.apigateway.next_gen.execute_api.handlers.api_key_validation import (
    ApiKeyValidationHandler,
)
from localstack.utils.patch import Patch

from sandbox.services.apigateway.token_bucket import Limit, Quota, TokenBucket

_lock = threading.Lock()
_buckets: dict[tuple[str, ...], TokenBucket] = {}
_quotas: dict[tuple[str, ...], Quota] = {}


def install() -> None:
    """Throttle each request after its API key has been validated."""
    Patch.function(ApiKeyValidationHandler.__call__, _validate_and_throttle).apply()


def _validate_and_throttle(validate: Any, handler: Any, chain: Any, context: Any, response: Any) -> None:
    """Wrap ApiKeyValidationHandler.__call__, to throttle requests after the validation.

    Raises:
        ThrottledError: A limit is exceeded.
        QuotaExceededError: A plan's quota is used up.
    """
    from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
        QuotaExceededError,
        ThrottledError,
    )

    validate(handler, chain, context, response)
    now = time.monotonic()
    if not all(_bucket(name, limit).take(now) for name, limit in _limits(context)):
        raise ThrottledError("Too Many Requests")
    for name, limit, period in _plan_quotas(context):
        if not _quota(name, limit, period).use(datetime.now(UTC)):
            raise QuotaExceededError("Limit Exceeded")


def _limits(context: Any) -> Iterator[tuple[tuple[str, ...], Limit]]:
    """Yield the limits that apply to a request, each with the name of its token bucket."""
    stage = (context.account_id, context.region, context.api_id, context.stage)
    path, method = context.resource["path"], context.resource_method["httpMethod"]
    for plan, key_id in _plans(context):
        by_method = next(
            (each.get("throttle") or {} for each in plan.get("apiStages") or [] if _is_of(each, context)), {}
        )
        if own := by_method.get(f"{path}/{method}"):
            yield (*stage, plan["id"], key_id, path, method), _limit(own["rateLimit"], own["burstLimit"])
        elif of_plan := plan.get("throttle"):
            yield (*stage, plan["id"], key_id), _limit(of_plan["rateLimit"], of_plan["burstLimit"])
    settings = _method_settings(context.stage_configuration.get("methodSettings") or {}, path, method)
    if settings:
        yield (
            (*stage, path, method),
            _limit(settings["throttlingRateLimit"], settings["throttlingBurstLimit"]),
        )


def _method_settings(settings: Mapping[str, Any], path: str, method: str) -> Mapping[str, Any] | None:
    """Return a stage's most specific settings: for a method, its resource or all methods; else None."""
    resource = path.replace("/", "~1")
    names = (f"{resource}/{method}", f"{resource}/*", f"*/{method}", "*/*")
    return next((settings[name] for name in names if name in settings), None)


def _plan_quotas(context: Any) -> Iterator[tuple[tuple[str, ...], int, str]]:
    for plan, key_id in _plans(context):
        if quota := plan.get("quota"):
            name = (context.account_id, context.region, plan["id"], key_id)
            yield name, int(quota["limit"]), str(quota["period"])


def _plans(context: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the usage plans of the request's API key for the stage, with the key's id."""
    from localstack.services.apigateway.next_gen.execute_api import moto_helpers

    key_id = (context.context_variables.get("identity") or {}).get("apiKeyId")
    if not key_id:
        return
    for plan in moto_helpers.get_usage_plans(context.account_id, context.region):
        keys = moto_helpers.get_usage_plan_keys(str(plan["id"]), context.account_id, context.region)
        if any(_is_of(each, context) for each in plan.get("apiStages") or []) and any(
            key["id"] == key_id for key in keys
        ):
            yield plan, key_id


def _is_of(api_stage: Mapping[str, Any], context: Any) -> bool:
    return (api_stage.get("apiId"), api_stage.get("stage")) == (context.api_id, context.stage)


def _limit(rate: Any, burst: Any) -> Limit:
    return Limit(rate=float(rate), burst=float(burst))


def _bucket(name: tuple[str, ...], limit: Limit) -> TokenBucket:
    """Return the bucket with that name, or a new one if there is none or its limit has changed."""
    with _lock:
        found = _buckets.get(name)
        if found is None or found.limit != limit:
            found = _buckets[name] = TokenBucket(limit)
        return found


def _quota(name: tuple[str, ...], limit: int, period: str) -> Quota:
    with _lock:
        found = _quotas.get(name)
        if found is None or (found.limit, found.period) != (limit, period):
            found = _quotas[name] = Quota(limit, period)
        return found
