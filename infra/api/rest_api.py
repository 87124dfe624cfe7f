"""The REST API: regional, TLS 1.2 or newer, one stage, throttled, with access logs.

API Gateway writes access logs with a role that is a setting of the whole account. The role is not part of a
stack, because the removal of one stage would stop the logs of the others; `infra.deploy.account` creates it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt, Output, Ref, Sub, Tags, Template
from troposphere.apigateway import (
    AccessLogSetting,
    Deployment,
    EndpointConfiguration,
    MethodSetting,
    RestApi,
    Stage,
)
from troposphere.awslambda import Alias, Permission
from troposphere.logs import LogGroup

from infra.api.openapi import FUNCTION, METHODS, Resolvers, document
from infra.api.usage_plan import add_usage_plan
from infra.stack.encryption import of_log_group
from infra.stage_names import STACK_TAG
from infra.stages import FunctionName, StageSettings

# API Gateway inserts values into the format unescaped, so a value with a quotation mark would break the JSON.
# None of the variables used here can be chosen freely by a client or come from an error message: the
# resource's path, such as `/tasks/{taskId}`, stands for the request's path. The ids of requests
# lead to the function's own log.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "at": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "apiKeyId": "$context.identity.apiKeyId",
    "caller": "$context.identity.caller",
    "method": "$context.httpMethod",
    "path": "$context.resourcePath",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "error": "$context.error.responseType",
    "lambdaStatus": "$context.integration.integrationStatus",
    "lambdaRequestId": "$context.integration.requestId",
    "functionStatus": "$context.integration.status",
}

SECURITY = {
    "SecurityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "EndpointAccessMode": "STRICT",
}
"""TLS 1.2 or 1.3 with forward secrecy; a regional API accepts TLS 1.0 by default. Such a policy needs an
access mode: with STRICT, a request must name the API's own host and arrive through its type of endpoint.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html"""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route of the API, with the short name of the function that serves it."""

    method: str
    path: str
    function: FunctionName

    @property
    def logical_id(self) -> str:
        """The logical id in the template: `GetTasksTaskId` for `GET /tasks/{taskId}`."""
        words = "".join(char if char.isalnum() else " " for char in self.path).split()
        return self.method.capitalize() + "".join(word[0].upper() + word[1:] for word in words)

    @property
    def arn_pattern(self) -> str:
        """The route in the ARN of a request: `GET/tasks/*` for `GET /tasks/{taskId}`."""
        segments = ["*" if part.startswith("{") else part for part in self.path.split("/")]
        return f"{self.method}{'/'.join(segments)}"


def routes(apis: Resolvers) -> tuple[Route, ...]:
    """Return the routes that the resolvers serve, in the order of their paths."""
    return tuple(
        Route(method=method.upper(), path=path, function=path_item[method][FUNCTION])
        for path, path_item in sorted(document(apis)["paths"].items())
        for method in sorted(METHODS & path_item.keys())
    )


def add_api(
    template: Template,
    settings: StageSettings,
    *,
    api_document: Mapping[str, Any],
    routes: tuple[Route, ...],
    functions: Mapping[FunctionName, Alias],
) -> Output:
    """Add the API, its stage, usage plan and permissions, and return the stack's output `ApiUrl`."""
    api = template.add_resource(
        RestApi(
            "Api",
            Name=settings.stack_name,
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            **SECURITY,
            Body=dict(api_document),
            # LocalStack takes the API's id from `_custom_id_`, so that the URL is stable; AWS ignores it.
            Tags=Tags({"_custom_id_": settings.stack_name, STACK_TAG: settings.stack_name}),
        )
    )
    for route in routes:
        template.add_resource(
            Permission(
                f"ApiMay{route.logical_id}",
                Action="lambda:InvokeFunction",
                FunctionName=Ref(functions[route.function]),
                Principal="apigateway.amazonaws.com",
                SourceArn=Sub(
                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
                    f"${{{api.title}}}/{settings.name}/{route.arn_pattern}"
                ),
            )
        )
    stage = _add_stage(template, settings, api, _add_deployment(template, api, api_document))
    add_usage_plan(template, settings, api, stage)
    return Output(
        "ApiUrl",
        Value=Sub(
            f"https://${{{api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{settings.name}"
        ),
    )


def _add_deployment(template: Template, api: RestApi, document: Mapping[str, Any]) -> Deployment:
    """Add a deployment of a document.

    A deployment is an immutable snapshot. A changed document or security policy needs a new deployment, and
    thus a new logical id:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
    """
    content = json.dumps([document, SECURITY], sort_keys=True).encode()
    return template.add_resource(
        Deployment(
            f"ApiDeployment{hashlib.sha256(content).hexdigest()[:12]}",
            RestApiId=Ref(api),
        )
    )


def _add_stage(template: Template, settings: StageSettings, api: RestApi, deployment: Deployment) -> Stage:
    """Add the API's stage, with the name of the stack's stage, and its access log."""
    log_group = template.add_resource(
        LogGroup(
            "ApiAccessLogs",
            LogGroupName=settings.access_log_group_name,
            RetentionInDays=settings.log_retention_days,
            **of_log_group(settings),
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
        )
    )
    return template.add_resource(
        Stage(
            "ApiStage",
            RestApiId=Ref(api),
            StageName=settings.name,
            DeploymentId=Ref(deployment),
            # The stage inherits the API's tag, but CloudFormation adds tags of its own, which a deployer may
            # add only together with this tag.
            Tags=Tags({STACK_TAG: settings.stack_name}),
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
            TracingEnabled=True,
            AccessLogSetting=AccessLogSetting(
                DestinationArn=GetAtt(log_group, "Arn"),
                Format=json.dumps(_ACCESS_LOG, separators=(",", ":")),
            ),
            MethodSettings=[
                MethodSetting(
                    ResourcePath="/*",
                    HttpMethod="*",
                    ThrottlingRateLimit=settings.throttle_rate,
                    ThrottlingBurstLimit=settings.throttle_burst,
                )
            ],
        )
    )
