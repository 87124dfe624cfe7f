"""Failed deletions of resources whose name or id contains 404.

LocalStack reports a deletion as done if the error's text contains "404", to recognize resources that no
longer exist. The text also contains names, ids and ARNs: a protected table with these digits in its name
counts as deleted.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from localstack.services.cloudformation import resource_provider
from localstack.utils.patch import Patch

_STATUS = "404"


def correct() -> None:
    """Make LocalStack compare an error's HTTP status, instead of its text, with 404."""
    check = partial(_is_missing, resource_provider.check_not_found_exception)
    Patch(resource_provider, "check_not_found_exception", check).apply()


def _is_missing(check: Callable[..., bool], error: Exception, *context: Any) -> bool:
    if not isinstance(error, ClientError):
        return check(error, *context)
    if str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")) == _STATUS:
        return True
    return check(Exception(str(error).replace(_STATUS, "")), *context)
