"""One stored copy of an artifact for all the functions that have it.

All functions of a stack are one zip. LocalStack reads it from S3, measures it and stores
it anew for each of them, in memory, which is a third of a deployment's time and, with five functions, four
copies that nobody needs.
"""

import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation.lambda_models import ArchiveCode, S3Code

type Store = Callable[..., ArchiveCode]


class _Source(NamedTuple):
    """What was deployed: an object of S3, as it was then, for functions of an account and a region."""

    etag: str
    bucket: str
    key: str
    version: str | None
    region_name: str
    account_id: str


class _Sharers:
    """Who has which stored copy: a copy goes with the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: dict[_Source, SharedCode] = {}
        self._ids: defaultdict[str, set[str]] = defaultdict(set)

    def join(self, source: _Source, function_name: str) -> "SharedCode | None":
        """The copy that is there, for one more function; None when there is none."""
        with self._lock:
            copy = self._copies.get(source)
            if copy is None:
                return None
            return self._joined(copy, function_name)

    def found(self, source: _Source, stored: S3Code, function_name: str) -> "SharedCode":
        """Take a copy that was just stored as the one to share."""
        values = {name: getattr(stored, name) for name in SharedCode.__dataclass_fields__}
        with self._lock:
            copy = self._copies[source] = SharedCode(**values)
            return self._joined(copy, function_name)

    def leave(self, code: "SharedCode") -> bool:
        """One does without it from now on; whether it was the last."""
        with self._lock:
            ids = self._ids[code.s3_key]
            ids.discard(code.id)
            if ids:
                return False
            self._copies = {
                source: copy for source, copy in self._copies.items() if copy.s3_key != code.s3_key
            }
            del self._ids[code.s3_key]
            return True

    def _joined(self, copy: "SharedCode", function_name: str) -> "SharedCode":
        mine = replace(copy, id=f"{function_name}-{uuid.uuid4()}")
        self._ids[copy.s3_key].add(mine.id)
        return mine


_SHARERS = _Sharers()


class SharedCode(S3Code):
    """A function's code, stored once for all that have the same."""

    def destroy(self) -> None:
        """Do without it. LocalStack may say so again, for each version of a function that is deleted."""
        if _SHARERS.leave(self):
            super().destroy()


def sharing(store: Store) -> Store:
    """LocalStack's `store_s3_bucket_archive`, storing what is stored already no second time."""

    def stored(**asked: Any) -> ArchiveCode:
        """`asked` is as LocalStack's provider calls it: by names."""
        bucket, key, version = asked["archive_bucket"], asked["archive_key"], asked["archive_version"]
        try:
            found = connect_to().s3.head_object(
                Bucket=bucket, Key=key, **({"VersionId": version} if version else {})
            )
        except ClientError:
            return store(**asked)  # which says what is wrong with it
        source = _Source(found["ETag"], bucket, key, version, asked["region_name"], asked["account_id"])
        shared = _SHARERS.join(source, asked["function_name"])
        if shared is not None:
            return shared
        code = store(**asked)
        if not isinstance(code, S3Code):
            return code  # a folder, for LocalStack's own hot reloading
        return _SHARERS.found(source, code, asked["function_name"])

    return stored
