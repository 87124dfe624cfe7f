"""The tracing header: what is read of it, and what is handed on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tracing.header import SEGMENT_ID, TRACE_ID, Header, new_segment_id

ROOT = "1-6553f1a0-aaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.mark.parametrize(
    ("text", "parent", "sampled"),
    [
        (f"Root={ROOT}", None, None),
        (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1", "53995c3f42cd8ad8", True),
        (f"Root={ROOT};Sampled=0", None, False),
        (f"Sampled=?;Root={ROOT}", None, None),
        (f"Self=1-2-3; Root={ROOT}; Lineage=a:1|b:2", None, None),
        (f"Root={ROOT};Parent=too-short;Sampled=yes", None, None),
    ],
)
def test_fields_are_read(text: str, parent: str | None, sampled: bool | None) -> None:
    assert Header.parse(text) == Header(root=ROOT, parent=parent, sampled=sampled)


@given(st.none() | st.text() | st.text(alphabet="Root=;Parent1-abcdef0Sampled"))
def test_whatever_comes_there_is_a_trace(text: str | None) -> None:
    """A header that cannot be read fails no request: a new trace begins."""
    header = Header.parse(text)
    assert TRACE_ID.fullmatch(header.root)
    assert header.parent is None or SEGMENT_ID.fullmatch(header.parent)


def test_what_is_handed_on_can_be_read() -> None:
    header = Header.parse(None).below(new_segment_id(), sampled=True)
    assert Header.parse(str(header)) == header
    assert str(Header(root=ROOT)) == f"Root={ROOT}"
