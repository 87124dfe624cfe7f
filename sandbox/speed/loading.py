"""Less repeated work while LocalStack loads its services.

Each botocore session reads the list of AWS's endpoints, 1.3 MB, and the models of its services, up to 8 MB.
LocalStack and moto create about 17 sessions during a deployment, and LocalStack reads all models once more to
parse requests: 33 MB of JSON, and 60 MB of memory.

Werkzeug compiles two functions for each route that build its URL, and LocalStack's router copies and compiles
all routes whenever one is added. URLs are rarely built.
"""

from collections.abc import Callable
from copy import copy
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import boto3
import botocore.session
import jsonpatch
from botocore.loaders import JSONFileLoader, Loader, create_loader, instance_cache
from jsonpointer import JsonPointer
from localstack.aws import spec
from localstack.utils.patch import Patch
from werkzeug.routing import Rule

from sandbox.common import event_names, service_models


def install() -> None:
    """Apply all patches of this module."""
    read_into_dicts()
    read_files_once()
    read_models_once()
    patch_what_changes()
    event_names.share()
    compile_when_asked()


def read_into_dicts() -> None:
    """Read botocore's files into plain dicts, which are ordered too and take half as long as OrderedDicts."""

    def load_file(_: JSONFileLoader, path: str, opener: Callable[[str, str], IO[bytes]]) -> Any:
        if not Path(path).is_file():
            return None
        with opener(path, "rb") as file:
            return service_models.read(file.read())

    Patch(JSONFileLoader, "_load_file", load_file).apply()


def read_files_once() -> None:
    """Share files between all loaders, except models that are then merged with different extras.

    Nothing else changes a model: LocalStack's patches change copies. Extras are merged into the model itself,
    and merging the same ones again changes nothing.
    """
    load = Loader.load_data_with_path
    shared: dict[tuple[str, tuple[str, ...]], Any] = {}

    def load_data_with_path(loader: Loader, name: str) -> tuple[Any, str]:
        extras = tuple(each for each in loader.extras_types if _exists(loader, f"{name}.{each}-extras"))
        for path in loader._potential_locations(name):
            if (path, extras) in shared:
                return shared[path, extras], path
            if loader.file_loader.exists(path):
                break
        data, path = load(loader, name)
        return shared.setdefault((path, extras), data), path

    Patch(Loader, "load_data_with_path", instance_cache(load_data_with_path)).apply()


def _exists(loader: Loader, name: str) -> bool:
    return any(map(loader.file_loader.exists, loader._potential_locations(name)))


def read_models_once() -> None:
    """Let botocore's sessions share a loader with its cache.

    All sessions change a loader in the same way: a boto3 session adds a folder, always the same one.
    LocalStack's and moto's own loaders, which must not have that folder, stay separate.
    """

    def set_up_once(set_up: Callable[[Any], None], session: Any) -> None:
        set_up(session)
        session._loader.search_paths[:] = dict.fromkeys(session._loader.search_paths)

    Patch(botocore.session, "create_loader", cache(create_loader)).apply()
    Patch.function(boto3.session.Session._setup_loader, set_up_once).apply()


def patch_what_changes() -> None:
    """Let LocalStack's models and botocore's share the parts that LocalStack does not patch."""
    Patch(spec, "jsonpatch", SimpleNamespace(apply_patch=_patched)).apply()


def _patched(model: dict[str, Any], patches: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a patched model. Only the parts along the paths of the patches are copied."""
    patched = copy(model)
    copied = {id(patched): patched}
    for patch in patches:
        part: Any = patched
        for name in JsonPointer(patch["path"]).parts[:-1]:
            if name not in part:
                break  # an earlier patch adds it
            if id(part[name]) not in copied:
                mine = part[name] = copy(part[name])
                copied[id(mine)] = mine
            part = part[name]
    jsonpatch.apply_patch(patched, patches, in_place=True)
    return patched


def compile_when_asked() -> None:
    """Compile the function that builds a route's URL when it is first called."""
    compile_now = Rule._compile_builder

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(compile_now, rule, append_unknown))
        return lambda *arguments, **values: compiled()(*arguments, **values)

    Patch(Rule, "_compile_builder", compile_builder).apply()
