"""The web server hands bodies on as they are; Twisted's reads forms for itself first, and drops what is none.

A body that says it is `multipart/form-data`, and is not, it answers with 400 and nothing, and closes the
connection, before LocalStack has seen the request. API Gateway passes bodies on unread:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

# LocalStack and Twisted are typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def leave_bodies_alone() -> None:
    """No media type is one that Twisted knows."""
    from twisted.web import http

    vars(http)["_parseContentType"] = lambda _: b""
