"""Request signatures as defined by Standard Webhooks, which let receivers verify the sender.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 # the prefix of secrets, not one


def key_of(secret: str) -> bytes:
    """Decode the key in a secret of the form `whsec_<base64>`.

    Raises:
        ValueError: The secret is malformed; the message does not contain it.
    """
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a secret does not begin with {SECRET_PREFIX}")
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        raise ValueError(f"a secret is not base64 after {SECRET_PREFIX}") from None


def signature_headers(
    keys: Iterable[bytes], content: bytes, *, message_id: str, at: datetime
) -> dict[str, str]:
    """Return the headers that sign a request.

    Args:
        keys: All valid keys; each adds a signature, so that receivers can switch keys at any time.
        content: Body of the request.
        message_id: Id that is the same for all attempts, so that receivers recognise repetitions.
        at: Time of the attempt.
    """
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + content
    signatures = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
