"""Functions may do what their roles allow, and nothing else; LocalStack 4.14.0 lets everybody do everything.

Checked are the calls that functions make with the credentials they are given, and, of anybody's, those that a
queue's own policy denies. Not checked are other calls of the operator's, those between LocalStack's own
services, and those of a function whose role does not exist, which AWS would not have made. Other resource
policies, and permissions boundaries, are not looked at.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, arg-type"

from collections.abc import Mapping
from typing import Any, Literal

from localstack.runtime import hooks

from sandbox.services.iam.function_credentials import Owner, owner
from sandbox.services.iam.permissions.calls import Call, Need, needs
from sandbox.services.iam.permissions.conditions import context_of


@hooks.on_infra_start()
def enforce_permissions() -> None:
    """Put the check into LocalStack's chain of handlers, where the operation is known."""
    from localstack.aws import handlers

    from sandbox.services.iam.permissions import usage

    handlers.serve_custom_service_request_handlers.append(check)
    usage.serve()


def check(_chain: Any, context: Any, _response: Any) -> None:
    """Raises the service's error when a function's role, or a queue's policy, does not allow the call."""
    from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header as access_key

    service = context.service.service_name if context.operation else None
    function = owner(access_key(context.request.headers)) if service else None
    if function is None and (service != "sqs" or context.is_internal_call):
        return
    if (service, context.operation.name) in ALWAYS_ALLOWED:
        return
    call = Call(
        service=context.service.service_name,
        operation=context.operation.name,
        parameters=context.service_request or {},
        region=context.region,
        account=context.account_id,
    )
    needed = needs(call)
    if function is not None:
        _check_role(function, call, needed, context.request.headers)
    if service == "sqs":
        _check_queues(function, call, needed)


def _check_role(function: Owner, call: Call, needed: list[Need], headers: Mapping[str, str]) -> None:
    from sandbox.services.iam.permissions import role
    from sandbox.services.iam.permissions.usage import CALLER_HEADER, RECORD, Seen

    try:
        policies = role.policies(function.role_arn)
    except role.NoRole:
        return
    context = context_of(call.account, function)
    for need in needed:
        found = role.verdict(policies, need, context)
        if found is not role.Verdict.ALLOWED:
            raise _refusal(
                call.service, function.session_arn, need, "identity", denied=found is role.Verdict.DENIED
            )
        RECORD.add(Seen(function.name, need.action, need.resource, headers.get(CALLER_HEADER)))


def _check_queues(function: Owner | None, call: Call, needed: list[Need]) -> None:
    """A queue's own account needs no policy of it; whom it denies is refused all the same."""
    from sandbox.services.iam.permissions.queue_policy import policy_of, verdict
    from sandbox.services.iam.permissions.role import Verdict

    caller = function.session_arn if function else f"arn:aws:iam::{call.account}:root"
    for need in needed:
        if need.resource is None:
            continue
        policy = policy_of(need.resource)
        foreign = need.resource.split(":")[4] != call.account
        if not (policy or foreign):
            continue
        found = verdict(policy, call.account, need, context_of(call.account, function))
        if found is Verdict.DENIED or (foreign and found is Verdict.NOT_ALLOWED):
            raise _refusal(call.service, caller, need, "resource", denied=found is Verdict.DENIED)


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


def _refusal(
    service: str, caller: str, need: Need, kind: Literal["identity", "resource"], *, denied: bool
) -> Exception:
    """The error, worded as AWS does: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    from localstack.aws.api import CommonServiceException

    code, status = ERRORS.get(service, ("AccessDeniedException", 400))
    on = f" on resource: {need.resource}" if need.resource else ""
    why = (
        f"with an explicit deny in {'an' if kind == 'identity' else 'a'} {kind}-based policy"
        if denied
        else f"because no {kind}-based policy allows the {need.action} action"
    )
    message = f"User: {caller} is not authorized to perform: {need.action}{on} {why}"
    # Where a service speaks JSON and once spoke query, LocalStack takes the code from the class's name.
    made: Exception = type(code, (CommonServiceException,), {})(code, message, status, True)
    return made
