"""An entry in the list of what the sandbox installs (sandbox/plugins.py)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that is installed in LocalStack.

    Functions are given as `module:function`, with the module's name below `sandbox`. They take no arguments.

    Attributes:
        name: its name in SANDBOX_PLUGINS.
        does: what changes, in one line.
        provider: the service that our provider answers for. LocalStack loads it at the service's first
            request.
        on_create: called before most of LocalStack is imported.
        on_start: called before LocalStack's infrastructure starts.
        on_ready: called when LocalStack serves requests.
        on_shutdown: called when LocalStack ends.
    """

    name: str
    does: str
    provider: str | None = None
    on_create: str | None = None
    on_start: str | None = None
    on_ready: str | None = None
    on_shutdown: str | None = None
