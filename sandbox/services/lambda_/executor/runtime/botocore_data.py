"""Reading botocore's data files once for all execution environments.

Each session of botocore reads the list of AWS's endpoints, 1.3 MB, and the models of its services. X-Ray's
SDK creates two sessions of its own. That would be most of an environment's memory.
"""

import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

_FOR_ALL = ("endpoints", "partitions", "sdk-default-configuration", "_retry")
_OF_A_SERVICE = ("service-2", "endpoint-rule-set-1")


def share(services: Iterable[str]) -> None:
    """Read the files that clients of these services need, and share them with all sessions and environments.

    Clients of one session share these objects anyway, so botocore does not change them. The extras that it
    merges into a loaded model (`ExtrasProcessor`) stay the same when they are merged again.
    Nothing happens unless botocore has been imported.
    """
    if "botocore.loaders" not in sys.modules:
        return
    from botocore.loaders import JSONFileLoader, create_loader

    files: dict[str, Any] = {}
    read = JSONFileLoader._load_file

    def keep(self: JSONFileLoader, path: str, opener: Any) -> Any:
        if (found := read(self, path, opener)) is not None:
            files[path] = found
        return found

    def find(self: JSONFileLoader, path: str, opener: Any) -> Any:
        return files[path] if path in files else read(self, path, opener)

    _replace(JSONFileLoader, keep)
    loader = create_loader()
    for name in _FOR_ALL:
        with suppress(Exception):  # another version of botocore has other files
            loader.load_data(name)
    for service in services:
        for name in _OF_A_SERVICE:
            with suppress(Exception):  # it may not be a service at all
                loader.load_service_model(service, name)
    _replace(JSONFileLoader, find)


def _replace(loader: Any, method: Any) -> None:
    loader._load_file = method
