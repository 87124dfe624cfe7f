"""Registry of the kinds of work in this deployment: the built-in kinds and the project's own."""

import os

from lambdas.work.discovery import discovered
from lambdas.work.echo import echo
from lambdas.work.http_request import http_request
from lambdas.work.registry import Registry

PACKAGE_VARIABLE = "KINDS_PACKAGE"
"""Environment variable with the name of the project's package; not set without a project."""
BUILT_IN = (echo, http_request)


def _kinds() -> Registry:
    package = os.environ.get(PACKAGE_VARIABLE)
    return discovered(package, BUILT_IN) if package else Registry(BUILT_IN)


KINDS = _kinds()
