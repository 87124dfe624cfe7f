"""Updates of AWS::ApiGateway::RestApi: its document, name, description and tags.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
"""

import json
from typing import Any

from localstack.services.apigateway.resource_providers.aws_apigateway_restapi import ApiGatewayRestApiProvider
from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse, tags_of

_PATCHED = {"Name": "/name", "Description": "/description"}


def correct() -> None:
    """Add the update of REST APIs, which LocalStack lacks."""
    Patch.function(ApiGatewayRestApiProvider.update, _update).apply()


def _update(_: Any, provider: ApiGatewayRestApiProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - {"Body", "Tags", *_PATCHED})
    client, after = request.aws_client_factory.apigateway, request.desired_state
    api = request.previous_state["RestApiId"]
    if "Body" in changes:
        body = after["Body"]
        client.put_rest_api(
            restApiId=api,
            mode=after.get("Mode", "overwrite"),
            body=body if isinstance(body, str) else json.dumps(body),
            # The parameters with which LocalStack creates the API, which was validated against AWS.
            parameters={"basepath": "ignore", **after.get("Parameters", {})},
        )
    patches = [
        {"op": "replace", "path": _PATCHED[name], "value": after.get(name, "")}
        for name in sorted(changes & _PATCHED.keys())
    ]
    client.update_rest_api(restApiId=api, patchOperations=patches)
    if "Tags" in changes:
        _tag(client, f"arn:aws:apigateway:{request.region_name}::/restapis/{api}", request)
    return done(provider, request)


def _tag(client: Any, arn: str, request: Any) -> None:
    before, after = tags_of(request.previous_state), tags_of(request.desired_state)
    client.untag_resource(resourceArn=arn, tagKeys=sorted(before.keys() - after.keys()))
    client.tag_resource(resourceArn=arn, tags=after)
