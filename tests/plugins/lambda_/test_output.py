"""Splitting a function's raw output into log events."""

import pytest

from sandbox.services.lambda_.executor.output import finished_length, split_events


def frame(text: bytes, length: int | None = None) -> bytes:
    """Frame a log record like awslambdaric: type, length, time, text."""
    size = len(text) if length is None else length
    return b"\xa5\x5a\x00\x0f" + size.to_bytes(4) + bytes(8) + text


@pytest.mark.parametrize(
    ("written", "events"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\n\n \ntwo", ["one", "two"]),
        (frame(b"a\nb\n") + frame(b"c"), ["a\rb", "c"]),
        (b"plain\n" + frame(b"record") + b"plain again\n", ["plain", "record", "plain again"]),
        (b"unfinished" + frame(b"record") + b"\n", ["unfinished", "record"]),
        ("ä€😀\n".encode(), ["ä€😀"]),
        (b"\xff\n", ["\N{REPLACEMENT CHARACTER}"]),
    ],
)
def test_events(written: bytes, events: list[str]) -> None:
    """Each line or framed record is an event, except for blank ones."""
    assert [text for _, text in split_events(written)] == events


def test_a_record_cut_off_by_a_crash_is_kept_as_text() -> None:
    """A record cut off by a crash is kept as far as it was written."""
    *_, (_, last) = split_events(b"before\n" + frame(b"half a rec", length=99))
    assert last.endswith("half a rec")


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        (b"", b""),
        (b"one\ntwo\n", b""),
        (b"one\ntw", b"tw"),
        (b"one\n" + frame(b"record\n"), b""),
        (b"one\n" + frame(b"record")[:12], frame(b"record")[:12]),
        (b"one\n" + frame(b"record")[:-1], frame(b"record")[:-1]),
        (b"one\n" + frame(b"record") + b"\xa5\x5a", b"\xa5\x5a"),
        (b"unfinished" + frame(b"record"), b""),
        (b"one\n" + frame(b"record") + b"tw", b"tw"),
    ],
)
def test_what_may_be_written_on_is_told_apart(written: bytes, rest: bytes) -> None:
    """An unfinished line or record is kept until the rest arrives."""
    assert written[finished_length(written) :] == rest
