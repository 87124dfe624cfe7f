"""Connections to the API: their settings, and what a failed one means."""

import os
import re
import ssl
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.request import getproxies

import httpx

from faultline.client.errors import ApiUnreachable, InvalidSetting, one_line
from lambdas.http.authentication import API_KEY_HEADER

TIMEOUT_SECONDS = 30
"""Timeout of a request in seconds, longer than the 29 s that API Gateway waits for a function:
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

_KEPT_CONNECTIONS = 32
_CERTIFICATE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""Environment variables with the path of a CA bundle, in order of precedence.

boto3 reads the first two, in this order (`_get_verify_value` in botocore/endpoint.py):
https://docs.aws.amazon.com/boto3/latest/guide/configuration.html"""

_KEY = re.compile(r"[!-~]*", re.ASCII)  # the API refuses an empty one
# Errors in the request itself, which every repetition would have, too.
_NEVER_VALID = (httpx.InvalidURL, httpx.LocalProtocolError, httpx.UnsupportedProtocol)
_NEVER_SENT = (*_NEVER_VALID, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def connection_settings(
    url: str, api_key: str | None, timeout: float | None = TIMEOUT_SECONDS
) -> dict[str, Any]:
    """Return the settings of an httpx client for the API at `url`, with a timeout in seconds.

    The API on AWS uses HTTPS, through HTTPS_PROXY or, if that is not set, ALL_PROXY, unless NO_PROXY names
    its host. A sandbox on this machine uses plain HTTP, and is called without a proxy.

    Raises:
        InvalidSetting: If the URL or the key is malformed, or a variable names a CA bundle that cannot be
            used.
    """
    if not re.match("https?://[^/?#]", url, re.IGNORECASE):
        raise InvalidSetting(f"the API's URL must begin with https:// or http://, unlike {url!r}")
    is_remote = url.lower().startswith("https:")
    return {
        "headers": {} if api_key is None else {API_KEY_HEADER: _sendable(api_key)},
        "timeout": timeout,
        "trust_env": is_remote,
        "verify": _trusted(*_authorities()) if is_remote else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        # Any number of concurrent connections; this many idle ones are kept.
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS),
    }


def _sendable(api_key: str) -> str:
    """Return a key without the white space around it, such as the end of the line in a file.

    Raises:
        InvalidSetting: If a header cannot carry the key. The message does not contain the key.
    """
    key = api_key.strip()
    if not _KEY.fullmatch(key):
        raise InvalidSetting("the API key has other characters than ! to ~ of ASCII")
    return key


def _authorities() -> tuple[str, str] | tuple[None, None]:
    """Return the environment variable that names a CA bundle, and its value, if there is one."""
    found = ((name, os.environ[name]) for name in _CERTIFICATE_VARIABLES if os.environ.get(name))
    return next(found, (None, None))


@cache
def _trusted(variable: str | None, authorities: str | None) -> ssl.SSLContext:
    """Return a TLS context, cached because httpx takes 20 ms to create one for each client.

    Args:
        variable: Environment variable that names the CA bundle; None for the default one.
        authorities: Path of the CA bundle: a file, or a folder with hashed names.

    Raises:
        InvalidSetting: If the bundle cannot be read, or has no certificates.
    """
    if authorities is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        if os.path.isdir(authorities):
            return ssl.create_default_context(capath=authorities)
        return ssl.create_default_context(cafile=authorities)
    except ssl.SSLError:
        reason = "it has no certificates"
    except OSError as error:
        reason = error.strerror or str(error)
    raise InvalidSetting(f"{variable} names a CA bundle that cannot be used, {authorities}: {reason}")


class OfProcess[T]:
    """An HTTP client for each process.

    After a fork, the child gets a client of its own, as it would otherwise read responses to its parent from
    the connections that they share. The parent's connections stay open.
    """

    def __init__(self, create: Callable[..., T], settings: Callable[[], dict[str, Any]]) -> None:
        self._create, self._settings = create, settings
        self._client, self._process = self._open(), os.getpid()

    def __call__(self) -> T:
        """Return the client of this process."""
        if self._process != os.getpid():
            self._client, self._process = self._open(), os.getpid()
        return self._client

    def _open(self) -> T:
        settings = self._settings()
        try:
            return self._create(**settings)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise InvalidSetting(_fault_of_proxies(error)) from error


def _fault_of_proxies(error: Exception) -> str:
    """Describe what httpx cannot use of the proxies in the environment, without a URL and its password."""
    for scheme, url in getproxies().items():
        if scheme in ("http", "https", "all"):
            name = _variable(scheme)
            try:
                httpx.HTTPTransport(proxy=url if "://" in url else f"http://{url}", verify=False).close()
            except ImportError:
                return f"{name} names a SOCKS proxy: unset it, or install the package socksio"
            except (ValueError, httpx.InvalidURL):
                return f"{name} is not the URL of a proxy, such as http://proxy.example:3128"
    if getproxies().get("no"):
        names = "an IPv6 network or an address in brackets"
        return f"{_variable('no')} has an entry that cannot be used, such as {names}: {error}"
    return str(error)


def _variable(scheme: str) -> str:
    """Return the environment variable with the proxy for a scheme, or with the hosts that have none."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return next(filter(os.environ.__contains__, names), "the system's configuration")


def unreachable(url: str, error: httpx.HTTPError | httpx.InvalidURL) -> ApiUnreachable:
    """Convert an error of httpx to ApiUnreachable."""
    reason = one_line(error) or type(error).__name__
    if isinstance(error, _NEVER_VALID):
        return ApiUnreachable(f"{url} cannot be called: {reason}", sent=False, may_pass=False)
    return ApiUnreachable(f"{url} does not answer: {reason}", sent=not isinstance(error, _NEVER_SENT))
