"""The states of a mapping in Lambda's API: Creating, Enabled, Disabling, Disabled, Deleting.

LocalStack's provider creates another worker at each update of a mapping and then stops the previous one. An
update takes effect at once, while invocations of the previous worker finish. A mapping is Disabled or deleted
once all have finished.
"""

import threading
from typing import Any, cast
from weakref import WeakValueDictionary

from localstack.aws.api.lambda_ import EventSourceMappingConfiguration
from localstack.services.lambda_.event_source_mapping.esm_worker import EsmState, EsmStateReason, EsmWorker

from sandbox.services.lambda_.event_source_mapping import settings
from sandbox.services.lambda_.event_source_mapping.poller import Poller

_latest: WeakValueDictionary[str, "SqsWorker"] = WeakValueDictionary()
"""The latest worker of each mapping, by its UUID."""


class SqsWorker(EsmWorker):
    """Replacement for LocalStack's worker of a mapping whose source is a queue."""

    def __init__(self, configuration: EventSourceMappingConfiguration, enabled: bool) -> None:
        super().__init__(configuration, cast(Any, None), enabled, EsmStateReason.USER_INITIATED)
        self._sqs_poller = Poller(settings.read(configuration))
        self._predecessor = _latest.get(self.uuid)
        self._replaced = False
        self._drained = threading.Event()
        _latest[self.uuid] = self

    def create(self) -> None:
        """Start polling, or become Disabled once the previous worker's invocations have ended."""
        if not self.enabled:
            self._enter(EsmState.DISABLING)
        self._in_thread(self._run)

    def stop(self) -> None:
        """Stop without changing the state, which now belongs to the new worker of the mapping."""
        self._replaced = True
        self._sqs_poller.stop()

    def stop_for_shutdown(self) -> None:
        """Stop without changing the state."""
        self._replaced = True
        self._sqs_poller.stop()

    def delete(self) -> None:
        """Stop, and remove the mapping from the store once the last invocation has ended."""
        self._enter(EsmState.DELETING)
        self._sqs_poller.stop()
        self._in_thread(self._remove)

    def _run(self) -> None:
        if self.enabled:
            self._enter(EsmState.ENABLED)
            self._sqs_poller.run()
        if self._predecessor:
            self._predecessor._drained.wait()
            self._predecessor = None
        if not self.enabled:
            self._enter(EsmState.DISABLED)
        self._drained.set()

    def _remove(self) -> None:
        self._drained.wait()
        self.delete_esm_in_store()

    def _enter(self, state: EsmState) -> None:
        with self._state_lock:
            if self._replaced or self.current_state == EsmState.DELETING:
                return
            self.current_state = state
            self.update_esm_state_in_store(state)

    def _in_thread(self, target: Any) -> None:
        threading.Thread(target=target, name=f"event-source-mapping-{self.uuid}", daemon=True).start()
