"""Unparsed forwarding of request bodies, as in API Gateway.

Twisted, LocalStack's web server, parses forms itself. It answers a body of type `multipart/form-data` that is
not a form with an empty 400 and closes the connection, before LocalStack sees the request. AWS forwards it:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from localstack.utils.patch import Patch
from twisted.web import http


def install() -> None:
    """Hide the media type of every body from Twisted."""
    Patch(http, "_parseContentType", lambda _: b"").apply()
