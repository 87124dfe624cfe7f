"""Classification of the errors of common libraries by their contents.

The libraries are not imported: an error is recognised by the names of its class and its package.
"""

import errno
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from lambdas.domain.category import Category, category_of_status
from lambdas.domain.leaf_errors import leaf_errors
from lambdas.domain.retry_after import retry_after_seconds

_NETWORK_ERRNOS = frozenset(
    {
        *(errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH),
        *(errno.ECONNABORTED, errno.ECONNRESET, errno.ECONNREFUSED, errno.ENOTCONN, errno.ESHUTDOWN),
        *(errno.EPIPE, errno.ETIMEDOUT, errno.EADDRNOTAVAIL),
    }
)
_SYSTEM_ERRNOS = frozenset(
    {errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EROFS}
)

# botocore retries calls with these codes (botocore/retries/standard.py), so its retries have failed, too.
_THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException"),
        *("TooManyRequestsException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"),
        *("TransactionInProgressException", "BandwidthLimitExceeded", "LimitExceededException"),
        *("RequestThrottled", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException"),
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
)
_TIMED_OUT = frozenset({"RequestTimeout", "RequestTimeoutException"})
# Errors with a 4xx status that another attempt may not meet: expired credentials, and conflicts with another
# call.
_PASSING = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "OperationAborted"),
        *("TransactionConflict", "TransactionConflictException", "IDPCommunicationError"),
        *("InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable"),
    }
)

# The first two characters are the class: https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES = {
    "08": Category.NETWORK,  # connection exception
    **dict.fromkeys(("25", "40", "53", "54", "55", "57", "58", "F0", "XX"), Category.SYSTEM),
    **dict.fromkeys(
        ("0A", "0L", "0P", "21", "22", "23", "26", "28", "2F", "3D", "3F", "42", "44"), Category.VALIDATION
    ),
}
_TOO_MANY_CONNECTIONS = "53300"

type _Rule = Category | Callable[[Any], Category | None]


def library_category(error: BaseException) -> Category | None:
    """Return the category of an error that a known library raised; None for any other error."""
    _, rule = _rule_of(error)
    return rule if rule is None or isinstance(rule, Category) else rule(error)


def library_answered(error: BaseException) -> bool:
    """Return whether the category of a library's error comes from an answer of the remote service."""
    name, rule = _rule_of(error)
    return rule in _BY_ANSWER or name in _ANSWERS


def _rule_of(error: BaseException) -> tuple[tuple[str, str], _Rule] | tuple[None, None]:
    """Return the package and class with a rule that an error is an instance of, and the rule."""
    for each in type(error).__mro__:
        name = each.__module__.partition(".")[0], each.__name__
        if name in _RULES:
            return name, _RULES[name]
    return None, None


def retry_after(error: BaseException, now: datetime) -> float | None:
    """Return the delay in seconds that the remote service requested; None if it requested none.

    The value comes from the attribute `retry_after`, or from the Retry-After header of the attribute
    `response` or of the error itself. For an exception group, it is the longest delay of its errors.
    """
    delays = list[float]()
    for each in leaf_errors(error):
        with suppress(Exception):  # the contents of an error may be anything
            if (delay := _retry_after(each, now)) is not None:
                delays.append(delay)
    return max(delays, default=None)


def _retry_after(error: BaseException, now: datetime) -> float | None:
    given = getattr(error, "retry_after", None)
    if isinstance(given, int | float):
        return float(given)
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    else:
        headers = getattr(response, "headers", None) or getattr(error, "headers", None)
    if headers is None:
        return None
    found = [value for name, value in headers.items() if str(name).lower() == "retry-after"]
    return retry_after_seconds(str(found[0]), now) if found else None


def os_error_category(error: OSError) -> Category:
    """Return the category of an operating system error.

    A missing or unreadable file is UNKNOWN, since it says nothing about the task's dependency.
    """
    if error.errno in _NETWORK_ERRNOS:
        return Category.NETWORK
    return Category.SYSTEM if error.errno in _SYSTEM_ERRNOS else Category.UNKNOWN


def _of_status(error: Any) -> Category | None:
    """Classify by the HTTP status of the error or its response; return None if there is none."""
    for carrier in (error, getattr(error, "response", None)):
        for attribute in ("status_code", "status"):
            status = getattr(carrier, attribute, None)
            if isinstance(status, int):
                return category_of_status(status)
    return None


def _of_aws(error: Any) -> Category | None:
    """Classify an error of a call to AWS by its error code.

    https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html
    """
    reasons = error.response.get("CancellationReasons", [])
    codes = {error.response.get("Error", {}).get("Code"), *(reason.get("Code") for reason in reasons)}
    if codes & _THROTTLED:
        return Category.RATE_LIMIT
    if codes & _TIMED_OUT:
        return Category.NETWORK
    if codes & _PASSING:
        return Category.SYSTEM
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return category_of_status(status) if isinstance(status, int) else None


def _of_cause(error: Any) -> Category | None:
    """Classify by the underlying error: `__cause__`, `__context__`, or one in the arguments or attributes."""
    found = [error.__cause__, error.__context__, *error.args]
    found += [getattr(error, name, None) for name in ("reason", "last_exception")]
    for cause in found:
        if isinstance(cause, OSError) and (by_os := library_category(cause) or os_error_category(cause)):
            return by_os
        if isinstance(cause, BaseException) and (category := library_category(cause)):
            return category
    return None


def _of_retries(error: Any) -> Category | None:
    """Classify by the status in urllib3's "too many 503 error responses"; other failures are NETWORK."""
    status = re.search(r"too many (\d{3}) error responses", str(error))
    return category_of_status(int(status[1])) if status else Category.NETWORK


def _of_url(error: Any) -> Category | None:
    reason = error.reason
    return (_of_cause(error) or Category.NETWORK) if isinstance(reason, BaseException) else Category.NETWORK


def _of_sqlstate(error: Any) -> Category | None:
    """Classify by SQLSTATE; an OperationalError or InterfaceError without one is a failed connection."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if state == _TOO_MANY_CONNECTIONS:
        return Category.RATE_LIMIT
    if isinstance(state, str):
        return _SQLSTATES.get(state[:2])
    names = {each.__name__ for each in type(error).__mro__}
    return Category.NETWORK if names & {"OperationalError", "InterfaceError"} else None


_RULES: Mapping[tuple[str, str], _Rule] = {
    ("botocore", "ClientError"): _of_aws,
    ("botocore", "HTTPClientError"): Category.NETWORK,
    ("botocore", "ConnectionError"): Category.NETWORK,
    ("botocore", "ParamValidationError"): Category.VALIDATION,
    ("botocore", "NoCredentialsError"): Category.SYSTEM,
    ("botocore", "CredentialRetrievalError"): Category.SYSTEM,
    ("boto3", "Boto3Error"): _of_cause,
    ("requests", "HTTPError"): _of_status,
    ("requests", "RetryError"): _of_retries,
    ("requests", "ConnectionError"): Category.NETWORK,
    ("requests", "Timeout"): Category.NETWORK,
    ("requests", "ChunkedEncodingError"): Category.NETWORK,
    ("requests", "ContentDecodingError"): Category.SYSTEM,
    ("requests", "InvalidJSONError"): Category.SYSTEM,
    **dict.fromkeys(
        [
            ("requests", name)
            for name in ("InvalidURL", "InvalidSchema", "MissingSchema", "InvalidHeader", "TooManyRedirects")
        ],
        Category.VALIDATION,
    ),
    ("requests", "RequestException"): _of_status,
    ("httpx", "HTTPStatusError"): _of_status,
    ("httpx", "UnsupportedProtocol"): Category.VALIDATION,
    ("httpx", "LocalProtocolError"): Category.VALIDATION,
    ("httpx", "InvalidURL"): Category.VALIDATION,
    ("httpx", "TooManyRedirects"): Category.VALIDATION,
    ("httpx", "DecodingError"): Category.SYSTEM,
    ("httpx", "TransportError"): Category.NETWORK,
    ("urllib3", "LocationValueError"): Category.VALIDATION,
    ("urllib3", "DecodeError"): Category.SYSTEM,
    ("urllib3", "InvalidHeader"): Category.SYSTEM,
    ("urllib3", "MaxRetryError"): _of_retries,
    ("urllib3", "HTTPError"): Category.NETWORK,
    ("urllib", "HTTPError"): _of_status,
    ("urllib", "URLError"): _of_url,
    ("http", "InvalidURL"): Category.VALIDATION,
    ("http", "HTTPException"): Category.NETWORK,
    ("redis", "AuthenticationError"): Category.VALIDATION,
    ("redis", "AuthorizationError"): Category.VALIDATION,
    ("redis", "BusyLoadingError"): Category.SYSTEM,
    ("redis", "MaxConnectionsError"): Category.SYSTEM,
    ("redis", "ConnectionError"): Category.NETWORK,
    ("redis", "TimeoutError"): Category.NETWORK,
    **dict.fromkeys(
        [
            ("redis", name)
            for name in (
                "OutOfMemoryError",
                "ReadOnlyError",
                "ClusterError",
                "TryAgainError",
                "ExecAbortError",
            )
        ],
        Category.SYSTEM,
    ),
    ("redis", "ResponseError"): Category.VALIDATION,
    ("redis", "DataError"): Category.VALIDATION,
    ("redis", "LockError"): Category.SYSTEM,
    ("redis", "WatchError"): Category.SYSTEM,
    ("psycopg", "Error"): _of_sqlstate,
    ("psycopg2", "Error"): _of_sqlstate,
    ("asyncpg", "PostgresError"): _of_sqlstate,
    ("asyncpg", "InterfaceError"): Category.NETWORK,
    ("PIL", "UnidentifiedImageError"): Category.VALIDATION,
    ("PIL", "DecompressionBombError"): Category.VALIDATION,
}

# Rules by the contents of an answer, and errors that a remote service has caused by an answer.
_BY_ANSWER: tuple[_Rule, ...] = (_of_status, _of_aws, _of_retries, _of_sqlstate)
_ANSWERS = frozenset(
    {
        *(("requests", "TooManyRedirects"), ("httpx", "TooManyRedirects")),
        *(("redis", "AuthenticationError"), ("redis", "AuthorizationError"), ("redis", "ResponseError")),
    }
)
