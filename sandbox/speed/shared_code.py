"""Shared storage of an artifact for all functions that use it.

All functions of a stack have the same zip. LocalStack reads it from S3, measures it and stores it in memory
for each function, which takes a third of a deployment's time.
"""

import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.services.lambda_ import provider
from localstack.services.lambda_.invocation import lambda_models
from localstack.services.lambda_.invocation.lambda_models import ArchiveCode, S3Code
from localstack.services.lambda_.invocation.lambda_service import store_s3_bucket_archive
from localstack.utils.patch import Patch

type Store = Callable[..., ArchiveCode]


def install() -> None:
    """Share artifacts, and sign links to them with a single client.

    LocalStack creates a client whenever a function is described, which takes 0.02 s.
    """
    Patch(lambda_models, "boto3", SimpleNamespace(client=cache(boto3.client))).apply()
    Patch(provider, "store_s3_bucket_archive", sharing(store_s3_bucket_archive)).apply()


class _Source(NamedTuple):
    """A version of an S3 object, for functions of an account and region."""

    etag: str
    bucket: str
    key: str
    version: str | None
    region_name: str
    account_id: str


class _Sharers:
    """The functions that share each stored copy, which is deleted along with the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: dict[_Source, SharedCode] = {}
        self._ids: defaultdict[str, set[str]] = defaultdict(set)

    def join(self, source: _Source, function_name: str) -> "SharedCode | None":
        """Return the stored copy for another function, or None if there is none."""
        with self._lock:
            copy = self._copies.get(source)
            if copy is None:
                return None
            return self._joined(copy, function_name)

    def found(self, source: _Source, stored: S3Code, function_name: str) -> "SharedCode":
        """Share a copy that was just stored."""
        values = {name: getattr(stored, name) for name in SharedCode.__dataclass_fields__}
        with self._lock:
            copy = self._copies[source] = SharedCode(**values)
            return self._joined(copy, function_name)

    def leave(self, code: "SharedCode") -> bool:
        """Remove a function, and return whether it was the last."""
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
    """A function's code, stored once for all functions that have it."""

    def destroy(self) -> None:
        """Delete the code unless it is still shared. LocalStack may call this once per deleted version."""
        if _SHARERS.leave(self):
            super().destroy()


def sharing(store: Store) -> Store:
    """Wrap LocalStack's `store_s3_bucket_archive` so that it stores an artifact once."""

    def stored(**asked: Any) -> ArchiveCode:
        """Store an artifact, or return the shared copy. LocalStack passes the arguments by name."""
        bucket, key, version = asked["archive_bucket"], asked["archive_key"], asked["archive_version"]
        try:
            found = connect_to().s3.head_object(
                Bucket=bucket, Key=key, **({"VersionId": version} if version else {})
            )
        except ClientError:
            return store(**asked)  # which raises the error
        source = _Source(found["ETag"], bucket, key, version, asked["region_name"], asked["account_id"])
        shared = _SHARERS.join(source, asked["function_name"])
        if shared is not None:
            return shared
        code = store(**asked)
        if not isinstance(code, S3Code):
            return code  # a folder, for LocalStack's own hot reloading
        return _SHARERS.found(source, code, asked["function_name"])

    return stored
