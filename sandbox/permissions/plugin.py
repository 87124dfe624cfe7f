"""Functions may do what their roles allow, and nothing else; LocalStack 4.14.0 lets everybody do everything.

Checked are the calls that functions make with the credentials they are given. Never checked are the
operator's, those between LocalStack's own services, and those of a function whose role does not exist, which
AWS would not have made. Resource policies, boundaries and conditions are not looked at.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, arg-type"

from typing import Any

from localstack.runtime import hooks


@hooks.on_infra_start()
def enforce_permissions() -> None:
    """Put the check into LocalStack's chain of handlers, where the operation is known."""
    from localstack.aws import handlers

    handlers.serve_custom_service_request_handlers.append(check)


def check(_chain: Any, context: Any, _response: Any) -> None:
    """Raises the service's error when a function's role does not allow the call."""
    from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header as access_key

    from sandbox.executor.credentials import owner
    from sandbox.permissions import role
    from sandbox.permissions.calls import Call, needs

    function = owner(access_key(context.request.headers)) if context.operation else None
    if function is None or (context.service.service_name, context.operation.name) in ALWAYS_ALLOWED:
        return
    call = Call(
        service=context.service.service_name,
        operation=context.operation.name,
        parameters=context.service_request or {},
        region=context.region,
        account=context.account_id,
    )
    try:
        policies = role.policies(function.role_arn)
    except role.NoRole:
        return
    for need in needs(call):
        found = role.verdict(policies, need)
        if found is not role.Verdict.ALLOWED:
            raise _refusal(call.service, function.session_arn, need, denied=found is role.Verdict.DENIED)


ALWAYS_ALLOWED = {("sts", "GetCallerIdentity")}
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""

ERRORS = {
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
}
"""By service, where it is not the JSON services' own."""


def _refusal(service: str, caller: str, need: Any, *, denied: bool) -> Exception:
    """The error, worded as AWS does: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    from localstack.aws.api import CommonServiceException

    code, status = ERRORS.get(service, ("AccessDeniedException", 400))
    on = f" on resource: {need.resource}" if need.resource else ""
    why = (
        "with an explicit deny in an identity-based policy"
        if denied
        else f"because no identity-based policy allows the {need.action} action"
    )
    message = f"User: {caller} is not authorized to perform: {need.action}{on} {why}"
    # Where a service speaks JSON and once spoke query, LocalStack takes the code from the class's name.
    made: Exception = type(code, (CommonServiceException,), {})(code, message, status, True)
    return made
