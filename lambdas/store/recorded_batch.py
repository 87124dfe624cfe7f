"""Batches as they are stored."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.domain.batch import Member, task_id_at
from lambdas.store.item import stored_fingerprint
from lambdas.store.stored_times import to_moment

_DIGEST_BYTES = 16
_NO_MEMBER = bytes(_DIGEST_BYTES)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A stored batch.

    Attributes:
        members: Digests of the members' fingerprints by task id; several submissions may have the same id.
        ended_at: Time at which its last task ended; None until the end of the batch has been recorded.
    """

    batch_id: str
    total: int
    members: dict[str, set[bytes]]
    at: datetime
    due_at: datetime
    callback_url: str | None
    correlation_id: str
    ended_at: datetime | None

    def has(self, member: Member) -> bool:
        """Return whether a submission is a member; one that was refused is none."""
        return digest_of(member) in self.members.get(member.task_id, ())


def to_recorded(batch_id: str, values: Mapping[str, Any]) -> Recorded:
    """Return the batch that a stored item contains."""
    at = to_moment(values["submittedAt"])
    return Recorded(
        batch_id=batch_id,
        total=len(values["members"]) // _DIGEST_BYTES,
        members=_members(batch_id, values["members"], values.get("ownIds", {})),
        at=at,
        due_at=to_moment(values["dueAt"]) if "dueAt" in values else at,
        callback_url=values.get("callbackUrl"),
        correlation_id=values.get("correlationId", ""),
        ended_at=to_moment(values["endedAt"]) if "endedAt" in values else None,
    )


def merged_members(stored: bytes, wanted: bytes) -> bytes:
    """Return the digests of a stored batch, with those of a repetition in place of refused submissions."""
    pairs = zip(_digests(stored), _digests(wanted), strict=True)
    return b"".join(new if old == _NO_MEMBER else old for old, new in pairs)


def _members(batch_id: str, digests: bytes, own_ids: dict[str, str]) -> dict[str, set[bytes]]:
    """Return the digests of a batch's members by task id.

    Of several submissions with the same id, the task itself shows which one was accepted.
    """
    members = defaultdict[str, set[bytes]](set)
    for position, digest in enumerate(_digests(digests)):
        if digest != _NO_MEMBER:
            members[own_ids.get(str(position), task_id_at(batch_id, position))].add(digest)
    return dict(members)


def _digests(members: bytes) -> list[bytes]:
    return [members[start : start + _DIGEST_BYTES] for start in range(0, len(members), _DIGEST_BYTES)]


def digest_of(member: Member | None) -> bytes:
    """Return the stored digest of a submission; None stands for one that was refused."""
    return stored_fingerprint(member.fingerprint) if member else _NO_MEMBER
