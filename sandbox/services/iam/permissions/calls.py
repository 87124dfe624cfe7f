"""The IAM actions that a call needs, with their resources, from the service authorization reference.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

Some operations, such as batches and transactions, need several actions, or one with another name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

type Parameters = Mapping[str, Any]


class Need(NamedTuple):
    """An action, such as `dynamodb:PutItem`, and its resource's ARN, or None if the ARN is unknown."""

    action: str
    resource: str | None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call to AWS, with service and operation as named by botocore."""

    service: str
    operation: str
    parameters: Parameters
    region: str
    account: str

    def arn(self, resource: str, *, service: str | None = None) -> str:
        """Return the ARN of a resource in the call's region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"


def needs(call: Call) -> list[Need]:
    """Return the actions that a call needs; for services not in _SERVICES, the operation on any resource."""
    return list(_SERVICES.get(call.service, _by_name)(call))


def _by_name(call: Call) -> Iterator[Need]:
    yield Need(f"{_PREFIXES.get(call.service, call.service)}:{call.operation}", None)


def _dynamodb(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to DynamoDB needs.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    Transactions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """

    def table(name: str) -> str:
        return name if name.startswith("arn:") else call.arn(f"table/{name}")

    parameters = call.parameters
    if call.operation in ("TransactWriteItems", "TransactGetItems"):
        for entry in parameters.get("TransactItems", []):
            for kind, item in entry.items():
                action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                yield Need(f"dynamodb:{action}", table(item["TableName"]))
    elif call.operation in ("BatchGetItem", "BatchWriteItem"):
        for name in parameters.get("RequestItems", {}):
            yield Need(f"dynamodb:{call.operation}", table(name))
    elif "TableName" in parameters:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        yield Need(f"dynamodb:{call.operation}", table(parameters["TableName"]) + index)
    else:
        yield from _by_name(call)


def _sqs(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to SQS needs.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    url = call.parameters.get("QueueUrl")
    if url is None:
        yield from _by_name(call)
    else:
        # https://<host>/<account>/<name>: the queue may belong to another account. SQS also accepts a bare
        # name.
        *before, name = str(url).rstrip("/").split("/")
        owned = before[-1] if before and before[-1].isdigit() else call.account
        yield Need(f"sqs:{call.operation.removesuffix('Batch')}", f"arn:aws:sqs:{call.region}:{owned}:{name}")


def _sns(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to SNS needs.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
    """
    topic = call.parameters.get("TopicArn") or call.parameters.get("TargetArn")
    yield Need(f"sns:{call.operation.removesuffix('Batch')}", topic)


def _ssm(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to Systems Manager needs.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    parameters = call.parameters
    names = parameters.get("Names") or [
        parameters[name] for name in ("Name", "Path") if isinstance(parameters.get(name), str)
    ]
    if call.operation.endswith(("Parameter", "Parameters", "ParametersByPath", "ParameterHistory")) and names:
        for name in names:
            arn = name if name.startswith("arn:") else call.arn(f"parameter/{name.lstrip('/')}")
            yield Need(f"ssm:{call.operation}", arn)
    else:
        yield from _by_name(call)


def _lambda(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to Lambda needs.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    name = call.parameters.get("FunctionName")
    action = "lambda:InvokeFunction" if call.operation == "Invoke" else f"lambda:{call.operation}"
    if name is None or str(name).startswith("arn:"):
        yield Need(action, name)
    else:
        yield Need(action, call.arn(f"function:{name}"))


def _s3(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to S3 needs.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    bucket, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    action = f"s3:{_S3_ACTIONS.get(call.operation, call.operation)}"
    if bucket is None:
        yield Need(action, None)
    else:
        on_bucket = action in ("s3:ListBucket", "s3:ListBucketMultipartUploads")
        yield Need(action, f"arn:aws:s3:::{bucket}" + ("" if key is None or on_bucket else f"/{key}"))


def _apigateway(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to API Gateway needs, which are HTTP verbs.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    """
    verb = next((verb for start, verb in _VERBS.items() if call.operation.startswith(start)), None)
    path = _gateway_path(call)
    yield Need(f"apigateway:{verb or call.operation}", path and f"arn:aws:apigateway:{call.region}::/{path}")


def _gateway_path(call: Call) -> str | None:
    """Return the path of a call's resource, or of the API or usage plan that it belongs to, or None."""
    parameters = call.parameters
    for name, collection in (("restApiId", "restapis"), ("usagePlanId", "usageplans")):
        if name in parameters:
            return f"{collection}/{parameters[name]}"
    if "resourceArn" in parameters:
        return f"tags/{quote(parameters['resourceArn'], safe='')}"
    return _COLLECTIONS.get(call.operation)


def _iam(call: Call) -> Iterator[Need]:
    """Yield the actions that a call to IAM needs.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    role = call.parameters.get("RoleName")
    yield Need(f"iam:{call.operation}", f"arn:aws:iam::{call.account}:role/{role}" if role else None)


_COLLECTIONS = {
    "CreateRestApi": "restapis",
    "GetRestApis": "restapis",
    "ImportRestApi": "restapis",
    "CreateUsagePlan": "usageplans",
    "GetUsagePlans": "usageplans",
    "GetAccount": "account",
    "UpdateAccount": "account",
}
_VERBS = {
    "Create": "POST",
    "Get": "GET",
    "Update": "PATCH",
    "Put": "PUT",
    "Import": "POST",
    "Delete": "DELETE",
    "Tag": "PUT",
    "Untag": "DELETE",
}
_SERVICES: Mapping[str, Callable[[Call], Iterator[Need]]] = {
    "apigateway": _apigateway,
    "dynamodb": _dynamodb,
    "iam": _iam,
    "lambda": _lambda,
    "s3": _s3,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
}
_PREFIXES = {"stepfunctions": "states", "sesv2": "ses", "apigatewayv2": "apigateway"}
_S3_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
}
