"""Lazy imports: large modules are imported on first use, not along with the modules that import them.

A deployment imports EC2's instance types, EC2's API types, a translator for serverless templates and
validators for OpenAPI documents, and uses none of them. Together they take a third of the total import time
and 60 MB of memory.
"""

import builtins
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import resolve_name
from types import ModuleType
from typing import Any

_TRANSLATOR = "samtranslator.translator"
_ENGINE = "localstack.services.cloudformation.engine"

POSTPONED: Mapping[str, frozenset[str]] = {
    importer: frozenset(imported)
    for importer, imported in {
        "localstack.aws.handlers.service": (
            "localstack.aws.catalog_exceptions",
            "localstack.utils.catalog.plugins",
        ),
        "localstack.aws.skeleton": (
            "localstack.aws.catalog_exceptions",
            "localstack.utils.catalog.plugins",
        ),
        # This handler validates nothing unless OPENAPI_VALIDATE_REQUEST or OPENAPI_VALIDATE_RESPONSE is set.
        "localstack.aws.handlers.validation": (
            "openapi_core",
            "openapi_core.contrib.werkzeug",
            "openapi_core.exceptions",
            "openapi_core.validation.request.exceptions",
            "openapi_core.validation.response.exceptions",
        ),
        "localstack.dns.server": ("dns.flags", "dns.message", "dns.query"),
        "localstack.services.apigateway.legacy.integration": (
            "localstack.services.stepfunctions.stepfunctions_utils",
        ),
        f"{_ENGINE}.policy_loader": (f"{_TRANSLATOR}.managed_policy_translator",),
        f"{_ENGINE}.transformers": (f"{_TRANSLATOR}.transform",),
        f"{_ENGINE}.v2.change_set_model_preproc": ("localstack.aws.api.ec2",),
        f"{_ENGINE}.v2.change_set_model_transform": (f"{_TRANSLATOR}.transform",),
        "localstack.services.events.provider": ("localstack.aws.api.config",),
        "localstack.services.sns.provider": ("localstack.services.sns.certificate",),
        "localstack.services.sns.publisher": ("localstack.services.sns.certificate",),
        "localstack.utils.bootstrap": ("rich.console",),
        "localstack.utils.crypto": ("asn1crypto",),
        "localstack.utils.net": ("dns.resolver",),
        # LocalStack imports OpenAPI documents by itself.
        "moto.apigateway.models": ("openapi_spec_validator", "openapi_spec_validator.validation.exceptions"),
        # 5 MB of text, which moto does not read here (sandbox.speed.service_loading).
        "moto.iam.models": ("moto.iam.aws_managed_policies",),
        "moto.ssm.models": ("moto.ec2",),
    }.items()
}
"""Modules whose import is postponed until they are used, by the importing module."""

OBJECTS = frozenset({"rich.console"})
"""Modules whose classes are called during an import; the objects are created when they are used."""

ABSENT = ("docker",)
"""Libraries whose import is blocked. LocalStack needs Docker's client only in containers."""


def install() -> None:
    """Postpone imports by modules that have not been imported yet, and block those of ABSENT."""
    sys.meta_path.insert(0, Finder(POSTPONED))
    for name in ABSENT:
        sys.modules.setdefault(name, None)


class Later:
    """A proxy that creates its object on first use, such as a call or an attribute access."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the object."""
        return self._made(*arguments, **named)

    def __getitem__(self, key: Any) -> Any:
        return self._made[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._made

    def __iter__(self) -> Iterator[Any]:
        return iter(self._made)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    @property
    def _made(self) -> Any:
        made = vars(self).get("_object")
        if made is None:
            made = vars(self).setdefault("_object", self._make())
        return made


class Finder(MetaPathFinder):
    """Finder of modules whose own imports are postponed."""

    def __init__(self, postponed: Mapping[str, frozenset[str]]) -> None:
        self._postponed = postponed

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module whose own imports are postponed; None for any other."""
        if name not in self._postponed:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path, self._postponed[name])
        return spec


class _Loader(SourceFileLoader):
    """Loader that gives a module its own import function."""

    def __init__(self, name: str, path: str, postponed: Iterable[str]) -> None:
        super().__init__(name, path)
        self._postponed = postponed

    def exec_module(self, module: ModuleType) -> None:
        # https://docs.python.org/3.13/reference/executionmodel.html#builtins-and-restricted-execution
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": self._import}
        super().exec_module(module)

    def _import(
        self,
        name: str,
        variables: Mapping[str, Any] | None = None,
        local: Mapping[str, Any] | None = None,
        names: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        whole = resolve_name("." * level + name, self.name.rpartition(".")[0])
        if whole not in self._postponed:
            return builtins.__import__(name, variables, local, names or (), level)
        if names:  # from ... import
            return _Names(whole)
        return Later(partial(builtins.__import__, whole))


class _Names(ModuleType):
    """A module in which `from ... import` finds any name."""

    def __getattr__(self, name: str) -> Any:
        def found() -> Any:
            return getattr(import_module(self.__name__), name)

        if self.__name__ in OBJECTS:
            return lambda *arguments, **named: Later(lambda: found()(*arguments, **named))
        return Later(found)
