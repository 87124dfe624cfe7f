"""The provider of X-Ray, which LocalStack lacks."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="xray", name="faultline")
def xray() -> Service:
    """Return a provider that serves X-Ray from memory."""
    from sandbox.services.xray.api import XrayApi

    return Service.for_provider(XrayApi())
