"""Updates of AWS::ApiGateway::Stage: its deployment and settings.

LocalStack implements no update, and ignores method settings when it creates a stage.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
"""

from collections.abc import Iterator, Mapping
from typing import Any

from localstack.services.apigateway.resource_providers.aws_apigateway_stage import ApiGatewayStageProvider
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse

# Settings that cannot be removed, with their defaults.
_PATHS = {
    "DeploymentId": ("/deploymentId", ""),
    "Description": ("/description", ""),
    "TracingEnabled": ("/tracingEnabled", False),
}
_LOG_PATHS = {
    "DestinationArn": "/accessLogSettings/destinationArn",
    "Format": "/accessLogSettings/format",
}
_METHOD_PATHS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


def correct() -> None:
    """Add the update of stages, and the method settings that their creation ignores."""
    Patch.function(ApiGatewayStageProvider.create, _create).apply()
    Patch.function(ApiGatewayStageProvider.update, _update).apply()


def _create(create: Any, provider: ApiGatewayStageProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    if progress.status == OperationStatus.SUCCESS:
        state = request.desired_state
        made = {name: value for name, value in state.items() if name != "MethodSettings"}
        _set(request, made, state)
    return progress


def _update(_: Any, provider: ApiGatewayStageProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - {"AccessLogSetting", "MethodSettings", "Variables", *_PATHS})
    _set(request, request.previous_state, request.desired_state)
    return done(provider, request)


def _set(request: Any, stage: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
    """Update the stage to the desired settings.

    Each removal is a separate call, since LocalStack ignores operations that follow one.
    """
    before, after = dict(_settings(stage)), dict(_settings(desired))
    gone = {_removable(path) for path in before.keys() - after.keys()}
    operations = [[{"op": "remove", "path": path}] for path in sorted(gone)]
    operations.append(
        [
            {"op": "replace", "path": path, "value": value}
            for path, value in after.items()
            if before.get(path) != value or _removable(path) in gone
        ]
    )
    for patches in filter(None, operations):
        request.aws_client_factory.apigateway.update_stage(
            restApiId=stage["RestApiId"], stageName=stage["StageName"], patchOperations=patches
        )


def _removable(path: str) -> str:
    """Return the path to remove for a setting. A method's settings are removed together, as are the log's."""
    if path.startswith("/variables/"):
        return path
    if path in _LOG_PATHS.values():
        return "/accessLogSettings"
    return "/".join(path.split("/")[:3])


def _settings(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the path and value of each setting, in the form that UpdateStage takes."""
    for name, (path, default) in _PATHS.items():
        yield path, _text(state.get(name, default))
    log = state.get("AccessLogSetting") or {}
    yield from ((path, log[name]) for name, path in _LOG_PATHS.items() if name in log)
    for name, value in (state.get("Variables") or {}).items():
        yield f"/variables/{name}", _text(value)
    for method in state.get("MethodSettings") or []:
        resource = method["ResourcePath"]
        resource = "*" if resource == "/*" else resource.replace("/", "~1")
        for name, path in _METHOD_PATHS.items():
            if name in method:
                yield f"/{resource}/{method['HttpMethod']}/{path}", _text(method[name])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
