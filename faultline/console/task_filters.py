"""Filters of the task list, which are part of the screen's address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status

FIELDS = {
    "text": "Id, reference or error",
    "type": "Kind",
    "errorType": "Type of error",
    "reasonGroup": "Reason, as in the groups",
    "orderingKey": "Ordering key",
    "reference": "Reference",
    "tag": "Tag",
    "submittedAfter": "Submitted after",
    "submittedBefore": "Submitted before",
    "diedAfter": "Given up after",
    "diedBefore": "Given up before",
}
"""Labels of the filters with a text field, by their names in the API."""

LABELS = {"status": "State", "category": "Category of error", **FIELDS}
"""Labels of all filters."""


@dataclass(frozen=True, kw_only=True)
class TaskFilters:
    """Filters of the list, and the current page.

    Attributes:
        category: Category of the last error; empty for any.
        typed: Values of the filters in FIELDS that are set.
        page: Token of the page; empty for the first page.
    """

    statuses: tuple[str, ...] = ()
    category: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    @classmethod
    def of_address(cls, query: str) -> "TaskFilters":
        """Parse the filters in an address's query, ignoring other parameters and invalid values."""
        pairs = parse_qsl(query)
        given = dict(pairs)
        category = given.get("category", "")
        return cls(
            statuses=tuple(value for name, value in pairs if name == "status" and value in list(Status)),
            category=category if category in list(Category) else "",
            typed={name: given[name].strip() for name in FIELDS if given.get(name, "").strip()},
            page=given.get("page", ""),
        )

    @property
    def query(self) -> dict[str, Any]:
        """Query parameters for `GET /tasks`, without the page."""
        return {"status": list(self.statuses), "category": self.category, **self.typed}

    @property
    def address(self) -> str:
        """Address of the list with these filters."""
        given = {**self.query, "page": self.page}
        pairs = {name: value for name, value in given.items() if value}
        return "/tasks" + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")

    @property
    def are_set(self) -> bool:
        """Whether any filter is set."""
        return bool(self.statuses or self.category or self.typed)

    def toggled(self, status: str) -> "TaskFilters":
        """Return the filters with a state added or removed, at the first page."""
        others = tuple(each for each in self.statuses if each != status)
        added = others if status in self.statuses else (*self.statuses, status)
        return replace(self, statuses=added, page="")

    def with_category(self, category: str) -> "TaskFilters":
        """Return the filters with another category, at the first page."""
        return replace(self, category=category, page="")

    def with_typed(self, name: str, value: str) -> "TaskFilters":
        """Return the filters with another text, at the first page; an empty text removes the filter."""
        others = {each: text for each, text in self.typed.items() if each != name}
        return replace(self, typed={**others, name: value.strip()} if value.strip() else others, page="")

    @property
    def conditions(self) -> dict[str, Any]:
        """Filter for `POST /redrives` and `POST /cancellations` that selects the same tasks."""
        return {name: value for name, value in self.query.items() if value}
