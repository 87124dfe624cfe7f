"""Tokens that let bulk calls continue where the previous ones ended.

A token contains the place that was reached and the time of the first call, so that later calls skip tasks
that were changed and have returned to a matching state. It is valid for one filter and one change.
"""

import base64
import hashlib
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, StrictStr, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.serialization import JsonModel, Timestamp, rfc3339
from lambdas.store.task_filter import TaskFilter


class InvalidBulkToken(ValueError):
    """The text is not a token issued by this API."""


class BulkToken(JsonModel):
    """State of a series of bulk calls.

    Attributes:
        of: Digest of the filter and the change, from `digest`.
        since: Time of the first call.
        after: Place after which the next call continues; None at the beginning.
    """

    model_config = ConfigDict(validate_by_name=True)

    of: StrictStr
    since: Timestamp
    # A place is a time, `#` and a task id, and thus shorter; DynamoDB would reject a very long key.
    after: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None

    def written(self) -> str:
        """Serialize the token to the text that clients receive."""
        text = strict_json.dumps(self.model_dump(mode="json", exclude_none=True))
        return base64.urlsafe_b64encode(text.encode()).decode()


def read_token(text: str) -> BulkToken:
    """Parse a token.

    Raises:
        InvalidBulkToken: The text is not a token issued by this API.
    """
    try:
        decoded = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        token = BulkToken.model_validate(strict_json.loads(decoded))
        rfc3339(token.since)
    except (ValueError, ValidationError, OverflowError) as error:
        raise InvalidBulkToken("is not a token issued by this API") from error
    return token


def digest(change: str, wanted: TaskFilter, patch: dict[str, JsonValue] | None) -> str:
    """Return a digest that is equal for calls with the same change, filter and patch."""
    text = strict_json.dumps([change, wanted.digest, patch])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
