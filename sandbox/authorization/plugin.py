"""Methods of an API with IAM authorization take signed requests alone; LocalStack 4.14.0 takes any.

Its import of an OpenAPI document does not know the security scheme `awsSigv4` either. A request is refused,
as gateway responses say, when it is not signed (MISSING_AUTHENTICATION_TOKEN), when its signature is not
right (INVALID_SIGNATURE), and when no policy of who signed it allows `execute-api:Invoke` (ACCESS_DENIED):
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html

Access keys that IAM or STS gave out here are known with their secrets. Any other is the operator's, as
everywhere in LocalStack: what it signed is taken, and its secret is not known.
"""

# LocalStack and moto are typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, no-any-return"

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.runtime import hooks

from sandbox.authorization.signature import BadSignature, NotSigned, Request, Signature

IAM = "AWS_IAM"


@hooks.on_infra_start()
def authorize_requests() -> None:
    """Check each request once its method is known, and before anything is done for it."""
    from localstack.services.apigateway.next_gen.execute_api import handlers

    handlers.preprocess_request.append(check)


def import_authorization(rest_api: Any, document: Mapping[str, Any]) -> None:
    """Give IAM authorization to the methods of an imported API whose security scheme is `awsSigv4`."""
    schemes = (
        (document.get("components") or {}).get("securitySchemes") or document.get("securityDefinitions") or {}
    )
    signed = {
        name for name, each in schemes.items() if each.get("x-amazon-apigateway-authtype") == "awsSigv4"
    }
    if not signed:
        return
    for resource in rest_api.resources.values():
        operations = document["paths"].get(resource.get_path()) or {}
        for name, method in resource.resource_methods.items():
            security = (operations.get(name.lower()) or {}).get("security") or []
            if any(signed & each.keys() for each in security):
                method.authorization_type = IAM


def check(chain: Any, context: Any, response: Any) -> None:  # noqa: ARG001 # LocalStack's order
    """Raises API Gateway's error when a method with IAM authorization may not be called so."""
    from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
        AccessDeniedError,
        InvalidSignatureError,
        MissingAuthTokenError,
    )

    if context.resource_method.get("authorizationType") != IAM:
        return
    request = _request(context)
    try:
        signature = Signature.of(request, datetime.now(UTC))
        principal = _principal(context.account_id, signature.access_key, request.headers)
        if principal is None:
            return
        signature.verify(request, principal.create_credentials().secret_key)
    except NotSigned as error:
        raise MissingAuthTokenError("Missing Authentication Token") from error
    except BadSignature as error:
        raise InvalidSignatureError(str(error)) from error
    context.context_variables["identity"].update(caller=principal.arn, userArn=principal.arn)
    method = _arn(context)
    if not _may_invoke(principal, method):
        raise AccessDeniedError(
            f"User: {principal.arn} is not authorized to perform: execute-api:Invoke on resource: {method}"
        )


def _request(context: Any) -> Request:
    request = context.request
    headers = {name.lower(): value for name, value in request.headers.items()}
    uri = request.environ.get("RAW_URI") or request.full_path
    return Request(
        method=request.method,
        url=f"http://{headers.get('host', '')}{uri}",
        headers=headers,
        body=context.invocation_request["body"],
    )


def _principal(account: str, access_key: str, headers: Mapping[str, str]) -> Any:
    """The user or the session that an access key was given to; None for the operator's own.

    Raises:
        BadSignature: the key needs another session token.
    """
    from moto.iam.access_control import CreateAccessKeyFailure, create_access_key

    token = headers.get("x-amz-security-token")
    given = {} if token is None else {"X-Amz-Security-Token": token}
    try:
        return create_access_key(account, "aws", access_key, given)
    except CreateAccessKeyFailure as error:
        if error.reason == "InvalidToken":
            raise BadSignature("the security token is not that of the access key") from error
        return None


def _may_invoke(principal: Any, arn: str) -> bool:
    from sandbox.services.iam.permissions.calls import Need
    from sandbox.services.iam.permissions.role import Verdict, verdict

    policies = tuple(_document(policy) for policy in principal.collect_policies())
    return verdict(policies, Need("execute-api:Invoke", arn)) is Verdict.ALLOWED


def _document(policy: Any) -> str:
    """A role's own policy is its text, a user's or a group's has it, and a managed one has versions."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, Mapping):
        return str(policy["policy_document"])
    return next(version.document for version in policy.versions if version.is_default)


def _arn(context: Any) -> str:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigateway.html"""
    request = context.invocation_request
    return (
        f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.api_id}/{context.stage}/"
        f"{request['http_method']}{request['path']}"
    )
