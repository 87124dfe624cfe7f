"""Numbers of dead letters on the screens, and the links to the tasks that they count."""

from urllib.parse import quote_plus

import pytest
from nicegui import Client

from faultline.console import formatting
from faultline.console.dead_letters import DeadLetters
from faultline.console.overview import Overview
from tests.unit.faultline.console.screens import (
    CIRCUIT,
    GROUP,
    LATER,
    REFUSED,
    REPORT,
    SINCE,
    STATS,
    StillFrame,
    addresses,
    on_a_page,
    texts,
)


def test_the_links_of_a_group_list_the_tasks_that_its_number_counts() -> None:
    """The window of the report moves on; the links follow it within a minute, and else keep the focus."""

    async def check(frame: StillFrame, client: Client) -> None:
        screen = DeadLetters(frame, "1h")
        screen.build()
        listed = []
        for since in (SINCE, "2026-01-31T00:00:59Z", LATER):
            frame.answers["dead letters 1h"] = {**REPORT, "since": since, "byReason": [GROUP]}
            await frame.refresh()
            links = addresses(client)
            listed.append((links["all of them"].split("diedAfter=")[1], links["2"].split("diedAfter=")[1]))
        [canary] = screen._canaries.values()
        assert canary.since == LATER
        assert listed == [(quote_plus(each),) * 2 for each in (SINCE, SINCE, LATER)]

    on_a_page(check)


def test_the_links_of_the_overview_list_the_tasks_that_its_numbers_count() -> None:
    """They follow the stage's clock, also while the numbers stay the same."""

    async def check(frame: StillFrame, client: Client) -> None:
        Overview(frame, "1h").build()
        await frame.refresh()
        frame.answers["/stats"] = {**STATS, "since": LATER}
        await frame.refresh()
        assert addresses(client)["17"] == formatting.tasks_url(status="DEAD_LETTERED", diedAfter=LATER)

    on_a_page(check, **{"/stats": STATS, "circuits": [CIRCUIT], "vitals 1h": REFUSED, "alarms": REFUSED})


@pytest.mark.parametrize("more", [False, True])
def test_counts_of_a_part_of_the_dead_letters_are_lower_limits(more: bool) -> None:
    """A report or the statistics may not have examined all dead letters."""
    plus = "+" if more else ""
    group = {**GROUP, "earliest": "2026-01-31T10:00:00Z", "count": 7}
    dead = {"total": 1234, "more": more, "byCategory": {"NETWORK": 1234}, "byReason": [group]}
    report = {**dead, "byKind": {"echo": 1234}, "trend": [], "since": SINCE}

    async def check(frame: StillFrame, client: Client) -> None:
        Overview(frame, "1h").build()
        await frame.refresh()
        counts = {f"1,234{plus}", f"NETWORK 1,234{plus}", f"7{plus}"}
        assert counts <= {*addresses(client)}
        DeadLetters(frame, "1h").build()
        await frame.refresh()
        assert {*counts, f"echo 1,234{plus}"} <= {*texts(client)}
        assert any("first at" in each for each in texts(client)) is not more
        nothing = {"total": 0, "more": more, "byCategory": {}, "byReason": []}
        frame.answers["dead letters 1h"] = {**report, **nothing}
        await frame.refresh()
        assert formatting.no_dead_letters(is_at_least=more) in texts(client)
        frame.answers["dead letters 1h"] = {**report, **nothing, "more": not more}
        await frame.refresh()
        assert formatting.no_dead_letters(is_at_least=not more) in texts(client)

    stats = {**STATS, "openCircuits": [], "deadLetters": dead}
    on_a_page(
        check,
        **{"/stats": stats, "vitals 1h": REFUSED, "alarms": REFUSED, "dead letters 1h": report},
    )


def test_nothing_among_some_dead_letters_is_not_nothing() -> None:
    async def check(frame: StillFrame, client: Client) -> None:
        Overview(frame, "1h").build()
        await frame.refresh()
        some = "None of the dead letters examined was given up in this period; others may have been."
        assert some in texts(client)

    dead = {"total": 0, "more": True, "byCategory": {}, "byReason": []}
    stats = {**STATS, "openCircuits": [], "deadLetters": dead}
    on_a_page(check, **{"/stats": stats, "vitals 1h": REFUSED, "alarms": REFUSED})
