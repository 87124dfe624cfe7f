"""Filters of the task list, and their URLs."""

from faultline.console.task_filters import TaskFilters


def of(query: str) -> TaskFilters:
    return TaskFilters.of_address(query)


def test_an_address_and_its_filters_are_the_same() -> None:
    query = (
        "status=PARKED&status=RETRYING&category=NETWORK&orderingKey=customer-9&text=a+%26+b%3Cc"
        "&diedAfter=2026-01-31&page=t1"
    )
    filters = of(query)
    assert filters.query == {
        "status": ["PARKED", "RETRYING"],
        "category": "NETWORK",
        "orderingKey": "customer-9",
        "text": "a & b<c",
        "diedAfter": "2026-01-31",
    }
    assert of(filters.address.partition("?")[2]) == filters
    assert of("").address == "/tasks"


def test_what_is_no_filter_is_left_out() -> None:
    assert of("status=LOST&category=EVIL&limit=9999&nextToken=x&text=%20").query == {
        "status": [],
        "category": "",
    }


def test_a_change_begins_at_the_first_page() -> None:
    filters = of("status=PARKED&page=t1")
    assert filters.toggled("PARKED").address == "/tasks"
    assert filters.toggled("RETRYING").address == "/tasks?status=PARKED&status=RETRYING"
    assert filters.with_category("SYSTEM").address == "/tasks?status=PARKED&category=SYSTEM"
    assert filters.with_typed("tag", " night ").address == "/tasks?status=PARKED&tag=night"
    assert filters.with_typed("tag", "night").with_typed("tag", "").address == "/tasks?status=PARKED"
