"""Lenient parsing of tracing headers, and validation of ids."""

import pytest

from sandbox.services.xray.header import (
    TraceHeader,
    is_id,
    is_trace_id,
    new_id,
    new_trace_id,
    parse,
    seconds_of,
)

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Root={ROOT}", TraceHeader(root=ROOT)),
        (f"Root={ROOT};Sampled=1", TraceHeader(root=ROOT, sampled=True)),
        (f"Root={ROOT};Parent={PARENT};Sampled=0", TraceHeader(root=ROOT, parent=PARENT, sampled=False)),
        (f"Sampled=?; root={ROOT} ;Lineage=a:1|b:2", TraceHeader(root=ROOT)),
        (f"Self=1-0;Root={ROOT};Parent=short;Sampled=yes", TraceHeader(root=ROOT)),
        (f"Root={ROOT};Root=1-2-3", TraceHeader(root=ROOT)),
        ("Root=1-2-3;Sampled=1", None),
        (f"Parent={PARENT};Sampled=1", None),
        (";=;==;", None),
        ("", None),
        (None, None),
    ],
)
def test_what_a_header_says(text: str | None, expected: TraceHeader | None) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("sampled", [None, True, False])
@pytest.mark.parametrize("parent", [None, PARENT])
def test_a_header_that_is_written_is_read(parent: str | None, sampled: bool | None) -> None:
    header = TraceHeader(root=ROOT, parent=parent, sampled=sampled)
    assert parse(str(header)) == header


def test_new_ids_are_ids() -> None:
    made = new_trace_id(1_700_000_000.9)
    assert is_trace_id(made)
    assert seconds_of(made) == 1_700_000_000
    assert is_id(new_id())
