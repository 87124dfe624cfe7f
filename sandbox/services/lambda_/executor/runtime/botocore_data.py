"""Reading botocore's data files once for all execution environments.

Each session of botocore reads the list of AWS's endpoints, 1.3 MB, and the models of its services. X-Ray's
SDK creates two sessions of its own. That would be most of an environment's memory.
"""

import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

_NO_ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "none", "aws_secret_access_key": "none"}


def share(services: Iterable[str]) -> None:
    """Read the files that clients of these services need, and share them with all sessions and environments.

    Creating a client of each service makes botocore read these files, and import the modules that it needs.
    Clients of one session share the files' content anyway, so botocore does not change it. The extras that it
    merges into a loaded model (`ExtrasProcessor`) stay the same when they are merged again.
    Nothing happens unless botocore has been imported.
    """
    if "botocore.session" not in sys.modules:
        return
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session

    files: dict[str, Any] = {}
    read = JSONFileLoader._load_file

    def keep(self: JSONFileLoader, path: str, opener: Any) -> Any:
        if (found := read(self, path, opener)) is not None:
            files[path] = found
        return found

    def find(self: JSONFileLoader, path: str, opener: Any) -> Any:
        return files[path] if path in files else read(self, path, opener)

    _replace(JSONFileLoader, keep)
    session = Session()
    for service in services:
        with suppress(Exception):  # it may not be a service at all
            session.create_client(service, **_NO_ACCOUNT)
    _replace(JSONFileLoader, find)


def _replace(loader: Any, method: Any) -> None:
    loader._load_file = method
