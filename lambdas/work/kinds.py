"""The kinds of work of this deployment. Add your own to the list."""

from lambdas.work.echo import echo
from lambdas.work.http_request import http_request
from lambdas.work.registry import Registry

KINDS = Registry([echo, http_request])
