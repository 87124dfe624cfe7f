"""Listings: values that users copy are complete at every width."""

from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

import faultline.cli
from faultline.cli.listing import Listing

ID = "0197d2c5-4f9a-7bbb-8d31-bb6a3e7f1f2a"
AT = "2026-01-31T12:00:00.123Z"
URL = "https://images.example.com/v1/a-page-with-a-name/that-is-longer-than-any-column-can-be"
WIDE = 1_000_000


def printed(listing: Listing, width: int) -> list[str]:
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(listing, soft_wrap=True)
    return captured.get().splitlines()


def circuits() -> Listing:
    listing = Listing("circuit", "state", "opened", "by", "why", prose=True)
    listing.add("images.example.com", Text("OPEN"), AT, ID, f"NETWORK: could not connect to {URL} in time")
    listing.add("b", "CLOSED", AT, "", "")
    return listing


@pytest.mark.parametrize("width", [20, 40, 80, 132, WIDE])
def test_nothing_is_cut_off_or_broken(width: int) -> None:
    text = "\n".join(printed(circuits(), width))
    for whole in ("images.example.com", ID, AT, URL):
        assert whole in text
    assert "…" not in text


@pytest.mark.parametrize("width", [40, 80, WIDE])
def test_no_line_has_blanks_at_its_end(width: int) -> None:
    assert all(line == line.rstrip() for line in printed(circuits(), width))


def test_a_row_is_one_line_where_it_fits() -> None:
    assert len(printed(circuits(), WIDE)) == 3


def test_where_it_does_not_the_key_has_a_line_of_its_own() -> None:
    """A row that is too long has separate lines for its key and its text, and aligned columns."""
    assert printed(circuits(), 80) == [
        "circuit",
        "  state   opened                    by",
        "  why",
        "images.example.com",
        f"  OPEN    {AT}  {ID}",
        "  NETWORK: could not connect to",
        f"  {URL}",
        "  in time",
        "b",
        f"  CLOSED  {AT}",
    ]


def test_text_goes_on_below_itself() -> None:
    listing = Listing("at", "what happened", key=False, prose=True)
    listing.add(AT, "one two three four five six seven eight")
    assert printed(listing, 60) == [
        f"{'at':<24}  what happened",
        f"{AT}  one two three four five six seven",
        f"{'':<24}  eight",
    ]


def test_numbers_are_aligned_to_the_right() -> None:
    listing = Listing("status", "tasks", right=("tasks",))
    listing.add("QUEUED", "7")
    listing.add("SUCCEEDED", "1,234")
    assert printed(listing, 80) == ["status     tasks", "QUEUED         7", "SUCCEEDED  1,234"]


def test_an_error_of_several_lines_is_one_row_of_a_pipe() -> None:
    listing = Listing("task", "why", prose=True)
    listing.add("a", "first\nsecond")
    assert printed(listing, WIDE) == ["task  why", "a     first second"]


def test_wide_characters_take_two_cells() -> None:
    listing = Listing("task", "status")
    listing.add("注文", "QUEUED")
    listing.add("abcdef", "QUEUED")
    assert printed(listing, 80)[1:] == ["注文    QUEUED", "abcdef  QUEUED"]


def test_commands_print_listings() -> None:
    """rich's own tables cut cells off, so only live views and frames on a terminal use them."""
    folder = Path(faultline.cli.__file__).parent
    others = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py") if _uses_tables(path)}
    assert others == {"dashboard/drawing.py", "demonstration/screen.py"}


def _uses_tables(path: Path) -> bool:
    return "from rich.table import" in path.read_text()
