"""An entry in the list of the sandbox's plug-ins (sandbox/plugins.py)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A plug-in that is installed in LocalStack.

    Functions are given as `module:function`, with the module's name relative to `sandbox`. They take no
    arguments.

    Attributes:
        name: The name in SANDBOX_PLUGINS.
        does: The effect on LocalStack, in one line.
        provider: The service that our provider implements. LocalStack loads the provider at the first request
            to the service.
        on_create: Called before most of LocalStack is imported.
        on_start: Called before LocalStack's infrastructure starts.
        on_ready: Called when LocalStack serves requests.
        on_shutdown: Called when LocalStack ends.
    """

    name: str
    does: str
    provider: str | None = None
    on_create: str | None = None
    on_start: str | None = None
    on_ready: str | None = None
    on_shutdown: str | None = None
