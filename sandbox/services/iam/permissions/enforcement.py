"""Denial of calls that a function's role or a queue's policy does not allow; LocalStack allows everything.

Calls with a function's credentials are checked against its role. Calls to SQS, by functions and by operators,
are also checked against the queue's policy. Other calls by operators, and calls between LocalStack's own
services, are not checked. If a function's role does not exist, its calls are not checked either: AWS would
not have created such a function. Other resource policies are ignored.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.services.iam.function_credentials import Owner, owner
from sandbox.services.iam.permissions.calls import Call, Need, needs
from sandbox.services.iam.permissions.conditions import context_of
from sandbox.services.iam.permissions.missing_objects import needs_if_missing


def install() -> None:
    """Check calls as soon as their operation is known, before any other handler of ours."""
    from localstack.aws import handlers

    handlers.serve_custom_service_request_handlers.handlers.insert(0, check)


def check(_chain: Any, context: Any, _response: Any) -> None:
    """Raise the service's error if a function's role or a queue's policy does not allow the call."""
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
        _check_role(function, call, [*needed, *needs_if_missing(call)], context.request.headers)
    if service == "sqs":
        _check_queues(function, call, needed)


def _check_role(function: Owner, call: Call, needed: list[Need], headers: Mapping[str, str]) -> None:
    from sandbox.services.iam.permissions import role
    from sandbox.services.iam.permissions.usage import CALLER_HEADER, RECORD, Seen

    try:
        limits = {"identity-based policy": role.policies(function.role_arn)}
        if boundary := role.boundary(function.role_arn):
            limits["permissions boundary"] = boundary
    except role.NoRole:
        return
    context = context_of(call.account, function)
    for need in needed:
        for kind, documents in limits.items():
            found = role.verdict(documents, need, context)
            if found is not role.Verdict.ALLOWED:
                denied = found is role.Verdict.DENIED
                raise _refusal(call.service, function.session_arn, need, kind, denied=denied)
        RECORD.add(Seen(function.name, need.action, need.resource, headers.get(CALLER_HEADER)))


def _check_queues(function: Owner | None, call: Call, needed: list[Need]) -> None:
    """Check the queue's policy. The queue's own account needs no permission in it, but can be denied."""
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
            raise _refusal(
                call.service, caller, need, "resource-based policy", denied=found is Verdict.DENIED
            )


ALWAYS_ALLOWED = {("sts", "GetCallerIdentity")}
"""Operations without permissions: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""

ERRORS = {
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
}
"""Error code and status by service, where they differ from AccessDeniedException and 400."""


def _refusal(service: str, caller: str, need: Need, kind: str, *, denied: bool) -> Exception:
    """Return the error for a denied call, in AWS's wording.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    from localstack.aws.api import CommonServiceException

    code, status = ERRORS.get(service, ("AccessDeniedException", 400))
    on = f" on resource: {need.resource}" if need.resource else ""
    why = (
        f"with an explicit deny in {'an' if kind[0] == 'i' else 'a'} {kind}"
        if denied
        else f"because no {kind} allows the {need.action} action"
    )
    message = f"User: {caller} is not authorized to perform: {need.action}{on} {why}"
    # For a service that moved from the query protocol to JSON, LocalStack takes the code from the class's
    # name.
    made: Exception = type(code, (CommonServiceException,), {})(code, message, status, True)
    return made
