"""Client of the sandbox's fault injection (`sandbox.faults.api`)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx

from faultline.operations.errors import FaultsFailed

TIMEOUT_SECONDS = 10

Rule = dict[str, Any]
"""Fault rule, with the fields of `sandbox.faults.rule.Rule`; in responses also `id` and `hits`."""


class FaultClient:
    """Client for the faults of the sandbox at `endpoint_url`. Every method may raise FaultsFailed."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint = endpoint_url.rstrip("/")
        # Proxies and .netrc do not apply to a sandbox on this machine.
        self._http = httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS)

    def get(self) -> list[Rule]:
        """Return all rules in the order of evaluation, including expired ones."""
        return self._rules(self._call("GET"))

    def put(self, rules: Sequence[Rule], seed: int | None = None) -> list[Rule]:
        """Replace all rules; with the same seed, they hit the same calls of a repeated sequence."""
        body = {"faults": list(rules), **({} if seed is None else {"seed": seed})}
        return self._rules(self._call("PUT", json=body))

    def add(self, rule: Rule) -> Rule:
        """Add a rule after the existing ones."""
        added = self._call("POST", json=rule)
        if not (isinstance(added, dict) and "id" in added):
            raise self._not_a_sandbox()
        return added

    def remove(self, id: str) -> None:
        """Remove a rule."""
        self._call("DELETE", f"/{id}")

    def clear(self) -> None:
        """Remove all rules."""
        self.put([])  # Unlike DELETE, this has the expected response only from a sandbox.

    def _call(self, method: str, path: str = "", **options: Any) -> Any:
        url = f"{self._endpoint}/_faultline/faults{path}"
        try:
            response = self._http.request(method, url, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FaultsFailed(f"{self._endpoint} does not answer: {error}") from error
        if response.status_code == HTTPStatus.NO_CONTENT:
            return None
        try:
            body = response.json()
        except ValueError:
            raise self._not_a_sandbox() from None
        if not response.is_success:
            if response.headers.get("Content-Type") != "application/problem+json":
                raise self._not_a_sandbox()
            raise FaultsFailed(body["detail"])
        return body

    def _rules(self, body: Any) -> list[Rule]:
        if not (isinstance(body, dict) and isinstance(body.get("faults"), list)):
            raise self._not_a_sandbox()
        rules: list[Rule] = body["faults"]
        return rules

    def _not_a_sandbox(self) -> FaultsFailed:
        return FaultsFailed(f"{self._endpoint} cannot inject faults; a sandbox can")
