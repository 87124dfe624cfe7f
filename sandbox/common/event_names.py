"""One cache of botocore's event names for all sessions and clients, in LocalStack and in functions.

Each session and client looks up some 200 event names in a table of 70.
"""

from typing import Any


def share() -> None:
    """Share the cache, except with emitters that have aliases of their own. Call this only once."""
    from botocore.hooks import EVENT_ALIASES, EventAliaser

    names: dict[str, str] = {}
    set_up = EventAliaser.__init__

    def share_names(self: EventAliaser, emitter: Any, aliases: Any = None) -> None:
        set_up(self, emitter, aliases)
        if self._event_aliases == EVENT_ALIASES:
            self._alias_name_cache = names

    setattr(EventAliaser, "__init__", share_names)  # noqa: B010 - mypy refuses the assignment
