"""Fault rules of the sandbox, with their hits, and presets for new ones."""

from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from faultline.console.elements import empty, text
from faultline.console.frame import Frame
from faultline.console.gateway import Unavailable
from faultline.operations.faults import FaultClient, Rule

PRESETS: dict[str, Rule] = {
    "DynamoDB throttles 30 % of updates": {
        "service": "dynamodb",
        "operation": "UpdateItem",
        "error": "ThrottlingException",
        "probability": 0.3,
    },
    "DynamoDB answers 0.8 s late": {"service": "dynamodb", "latencyMs": 800, "probability": 0.5},
    "SQS loses answers": {
        "service": "sqs",
        "operation": "SendMessage",
        "error": "ConnectionReset",
        "when": "after",
        "probability": 0.5,
    },
    "SQS is unavailable": {"service": "sqs", "error": "ServiceUnavailable", "probability": 0.5},
}


@dataclass
class FaultRules:
    """List of fault rules, with a button for each preset."""

    frame: Frame
    client: FaultClient
    _shown: list[Rule] | None = None
    _hits: dict[str, Any] = field(default_factory=dict)

    def draw(self) -> None:
        """Draw the presets and an empty list of rules."""
        with ui.element("div").classes("presets"):
            for title, rule in PRESETS.items():
                ui.button(title, on_click=lambda rule=rule: self._add(rule)).props("outline no-caps dense")
            ui.button("Clear all", on_click=self._clear).props("flat no-caps dense")
        self._rules = ui.element("div")

    async def refresh(self) -> None:
        """Read the rules, and show them with their hits."""
        rules = await self.frame.operation("faults", lambda *_: self.client.get())
        if [each["id"] for each in rules] == [each["id"] for each in self._shown or ()] and self._shown:
            for each in rules:
                self._hits[each["id"]].set_text(f"{each['hits']:,}")
        elif rules != self._shown:
            self._draw_rules(rules)
        self._shown = rules

    def _draw_rules(self, rules: list[Rule]) -> None:
        self._rules.clear()
        self._hits.clear()
        with self._rules:
            if not rules:
                empty("None. The functions' calls to AWS work.")
                return
            around = (
                ui.element("div").classes("scroll").props('tabindex="0" role="group" aria-label="Faults"')
            )
            with around, ui.element("table").classes("plain rules"):
                with ui.element("thead"), ui.element("tr"):
                    for title in ("Fault", "Hits", ""):
                        text("th", title or "Action").props('scope="col"')
                with ui.element("tbody"):
                    for rule in rules:
                        self._draw_rule(rule)

    def _draw_rule(self, rule: Rule) -> None:
        with ui.element("tr"):
            text("td", described(rule))
            self._hits[rule["id"]] = text("td", f"{rule['hits']:,}", "figures")
            with ui.element("td"):
                button = ui.button("Remove", on_click=lambda: self._remove(rule["id"]))
                button.props("flat no-caps dense")

    async def _add(self, rule: Rule) -> None:
        await self._do(lambda: self.client.add(rule))

    async def _remove(self, rule_id: str) -> None:
        await self._do(lambda: self.client.remove(rule_id))

    async def _clear(self) -> None:
        await self._do(self.client.clear)

    async def _do(self, change: Any) -> None:
        try:
            await self.frame.gateway.changing(change)
        except Unavailable as error:
            self.frame.notify(error.outcome, is_bad=True)
        await self.frame.refresh()


def described(rule: Rule) -> str:
    """Describe a rule in one line.

    >>> described({"service": "sqs", "error": "ConnectionReset", "when": "after", "probability": 0.5})
    '50 % of the calls of sqs: ConnectionReset after the call'
    """
    calls = rule["service"] + (f" {rule['operation']}" if rule.get("operation") else "")
    effect = (
        f"{rule['error']} {rule['when']} the call" if rule.get("error") else f"{rule['latencyMs']} ms late"
    )
    share = "all calls" if rule["probability"] == 1 else f"{100 * rule['probability']:g} % of the calls"
    return f"{share} of {calls}: {effect}" + (f", at most {rule['count']}" if rule.get("count") else "")
