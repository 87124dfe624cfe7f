"""What LocalStack does over and over while it loads its services, done once or not at all.

Each of botocore's sessions reads anew the list of AWS's endpoints, 1.3 MB, and the models of the services
that it is asked for, up to 8 MB; LocalStack and moto make some 17 sessions in a deployment.

For each route werkzeug compiles two functions that make its URL, and with each route that is added
LocalStack's router copies all that it has, and compiles them anew. Hardly any URL is ever made so.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="untyped-decorator"

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

import boto3
import botocore.session
from botocore.loaders import JSONFileLoader, create_loader
from localstack.runtime import hooks
from werkzeug.routing import Rule


@hooks.on_infra_start()
def load_quickly() -> None:
    read_into_dicts()
    read_models_once()
    compile_when_asked()


def read_into_dicts() -> None:
    """Have botocore read its files into plain dicts: they keep their order as OrderedDicts do, which take
    twice as long to make."""

    def load_file(_: JSONFileLoader, path: str, opener: Callable[[str, str], IO[bytes]]) -> Any:
        if not Path(path).is_file():
            return None
        with opener(path, "rb") as file:
            return json.loads(file.read())

    setattr(JSONFileLoader, "_load_file", load_file)  # noqa: B010 # mypy wants no assignment


def read_models_once() -> None:
    """Have botocore's sessions share a loader, which remembers what it has read.

    What they change of it they all change alike. LocalStack's and moto's own loaders, which must not see
    that, stay their own. A session of boto3 adds a folder to its loader's, always the same.
    """
    set_up = boto3.session.Session._setup_loader

    def set_up_once(session: Any) -> None:
        set_up(session)
        session._loader.search_paths[:] = dict.fromkeys(session._loader.search_paths)

    vars(botocore.session)["create_loader"] = cache(create_loader)
    setattr(boto3.session.Session, "_setup_loader", set_up_once)  # noqa: B010 # mypy wants no assignment


def compile_when_asked() -> None:
    """Have werkzeug compile what makes a route's URL when it is to make one."""
    compile_now = Rule._compile_builder

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(compile_now, rule, append_unknown))
        return lambda *arguments, **values: compiled()(*arguments, **values)

    setattr(Rule, "_compile_builder", compile_builder)  # noqa: B010 # mypy wants no assignment
