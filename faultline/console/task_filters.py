"""The filters of the list of tasks, which its address has."""

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
}
"""The filters that are typed, by their names in the API."""


@dataclass(frozen=True, kw_only=True)
class TaskFilters:
    """Which tasks are listed, and from which page on.

    Attributes:
        category: The category of the last error; empty for any.
        typed: The filters in FIELDS that are set.
        page: The token of a page; empty for the first.
    """

    statuses: tuple[str, ...] = ()
    category: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    page: str = ""

    @classmethod
    def of_address(cls, query: str) -> "TaskFilters":
        """Read them from an address. Anything else in it is left out."""
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
        """The parameters of `GET /tasks`, without the page."""
        return {"status": list(self.statuses), "category": self.category, **self.typed}

    @property
    def address(self) -> str:
        """The address of the list."""
        given = {**self.query, "page": self.page}
        pairs = {name: value for name, value in given.items() if value}
        return "/tasks" + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")

    @property
    def are_set(self) -> bool:
        """Whether any filter is set."""
        return bool(self.statuses or self.category or self.typed)

    def toggled(self, status: str) -> "TaskFilters":
        """Return them with a state added or removed, at the first page."""
        others = tuple(each for each in self.statuses if each != status)
        added = others if status in self.statuses else (*self.statuses, status)
        return replace(self, statuses=added, page="")

    def with_category(self, category: str) -> "TaskFilters":
        """Return them with another category, at the first page."""
        return replace(self, category=category, page="")

    def with_typed(self, name: str, value: str) -> "TaskFilters":
        """Return them with another value of a typed filter, at the first page; none when it is empty."""
        others = {each: text for each, text in self.typed.items() if each != name}
        return replace(self, typed={**others, name: value.strip()} if value.strip() else others, page="")

    @property
    def conditions(self) -> dict[str, Any]:
        """The filter of `POST /redrives` and `POST /cancellations` that finds the same tasks."""
        return {name: value for name, value in self.query.items() if value}
