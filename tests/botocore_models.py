"""botocore's models, found and read once for all sessions of a process."""

from collections.abc import Iterator
from functools import cache

import pytest


@pytest.fixture(autouse=True, scope="session")
def models_read_once() -> Iterator[None]:
    """Find and read botocore's models once, as doing so for each session takes longer than most tests."""
    from botocore.loaders import JSONFileLoader, Loader

    load = cache(JSONFileLoader().load_file)
    find = Loader.list_available_services
    found: dict[tuple[str, ...], list[str]] = {}

    def find_once(loader: Loader, type_name: str) -> list[str]:
        key = (type_name, *loader.search_paths)
        if key not in found:
            found[key] = find(loader, type_name)
        return found[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: load(path))
        patch.setattr(Loader, "list_available_services", find_once)
        yield
