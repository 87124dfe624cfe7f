"""A client of the sandbox's faults (sandbox.faults.api), for the commands and the tests."""

from collections.abc import Sequence
from typing import Any

import requests

TIMEOUT_SECONDS = 10

Rule = dict[str, Any]
"""As sandbox.faults.rule.Rule has it; in answers with `id` and `hits`."""


class FaultsFailed(Exception):
    """The endpoint takes no faults, or not these; one line says why."""


class FaultClient:
    """Sets the faults of the sandbox at `endpoint_url`. Each call may raise FaultsFailed."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint = endpoint_url.rstrip("/")
        self._session = requests.Session()
        # The environment's proxies and .netrc are not meant for a laptop's sandbox.
        self._session.trust_env = False

    def get(self) -> list[Rule]:
        """All rules, in the order they are looked at; those that have ended, too."""
        return self._rules(self._call("GET"))

    def put(self, rules: Sequence[Rule], seed: int | None = None) -> list[Rule]:
        """Replace all rules; with a seed the same calls in the same order are hit each time."""
        body = {"faults": list(rules), **({} if seed is None else {"seed": seed})}
        return self._rules(self._call("PUT", json=body))

    def add(self, rule: Rule) -> Rule:
        """Add a rule to those that there are."""
        added = self._call("POST", json=rule)
        if not (isinstance(added, dict) and "id" in added):
            raise self._no_sandbox()
        return added

    def remove(self, id: str) -> None:
        self._call("DELETE", f"/{id}")

    def clear(self) -> None:
        """Remove all rules."""
        self.put([])  # unlike a DELETE, answered by nobody but a sandbox

    def _call(self, method: str, path: str = "", **options: Any) -> Any:
        url = f"{self._endpoint}/_faultline/faults{path}"
        try:
            response = self._session.request(method, url, timeout=TIMEOUT_SECONDS, **options)
        except requests.RequestException as error:
            raise FaultsFailed(f"{self._endpoint} does not answer: {error}") from error
        if response.status_code == requests.codes.no_content:
            return None
        try:
            body = response.json()
        except ValueError:
            raise self._no_sandbox() from None
        if not response.ok:
            if response.headers.get("Content-Type") != "application/problem+json":
                raise self._no_sandbox()
            raise FaultsFailed(body["detail"])
        return body

    def _rules(self, body: Any) -> list[Rule]:
        if not (isinstance(body, dict) and isinstance(body.get("faults"), list)):
            raise self._no_sandbox()
        rules: list[Rule] = body["faults"]
        return rules

    def _no_sandbox(self) -> FaultsFailed:
        return FaultsFailed(f"{self._endpoint} takes no faults; a sandbox does")
