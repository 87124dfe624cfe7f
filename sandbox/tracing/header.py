"""The tracing header, `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re
import secrets
import time
from dataclasses import dataclass, replace

TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
SEGMENT_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, kw_only=True)
class Header:
    """Attributes:
    parent: the segment that it leads on from; None at the beginning of a trace.
    sampled: whether the trace is recorded; None where nobody has decided.
    """

    root: str
    parent: str | None = None
    sampled: bool | None = None

    @classmethod
    def parse(cls, text: str | None) -> "Header":
        """Read a header. What cannot be read is left out, and without a root a new trace begins."""
        fields = dict(field.strip().partition("=")[::2] for field in (text or "").split(";"))
        root, parent = fields.get("Root", ""), fields.get("Parent", "")
        return cls(
            root=root if TRACE_ID.fullmatch(root) else new_trace_id(),
            parent=parent if SEGMENT_ID.fullmatch(parent) else None,
            sampled={"1": True, "0": False}.get(fields.get("Sampled", "")),
        )

    def below(self, parent: str, *, sampled: bool) -> "Header":
        """The header that a segment hands on."""
        return replace(self, parent=parent, sampled=sampled)

    def __str__(self) -> str:
        fields = [f"Root={self.root}"]
        if self.parent is not None:
            fields.append(f"Parent={self.parent}")
        if self.sampled is not None:
            fields.append(f"Sampled={int(self.sampled)}")
        return ";".join(fields)


def new_trace_id() -> str:
    """`1-`, the time in seconds, and 96 random bits."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def new_segment_id() -> str:
    return secrets.token_hex(8)
