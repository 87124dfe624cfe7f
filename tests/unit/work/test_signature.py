"""Signatures as their receivers verify them."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from lambdas.work.http.signature import key_of, signature_headers

SECRET, FORMER, ANOTHER = (f"whsec_{base64.b64encode(each * 32).decode()}" for each in (b"1", b"2", b"3"))
BODY = b'{"endedAt":"2026-01-01T12:00:00.000Z","type":"caf\xc3\xa9"}'


def headers(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    keys = [key_of(secret) for secret in secrets]
    return signature_headers(keys, BODY, message_id="callback:1", at=at or datetime.now(UTC))


def test_a_signature_is_verified_by_the_library_of_the_standard() -> None:
    """The signature covers the sent body, the id and the time."""
    assert Webhook(SECRET).verify(BODY, headers(SECRET))["type"] == "café"
    with pytest.raises(WebhookVerificationError):
        Webhook(ANOTHER).verify(BODY, headers(SECRET))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY.replace(b"12", b"13"), headers(SECRET))
    for name in ("webhook-id", "webhook-timestamp"):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(BODY, headers(SECRET) | {name: "1"})


def test_each_valid_secret_signs() -> None:
    """Each valid secret signs, so that a receiver can change its secret at any time."""
    for secret in (SECRET, FORMER):
        Webhook(secret).verify(BODY, headers(SECRET, FORMER))


def test_an_old_attempt_cannot_be_repeated() -> None:
    """A signature covers the attempt's time, and receivers refuse it ten minutes later."""
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRET).verify(BODY, headers(SECRET, at=datetime.now(UTC) - timedelta(minutes=10)))


@pytest.mark.parametrize("secret", ["", "whsk_AAAA", "whsec_not base64"])
def test_what_is_no_secret_is_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as refusal:
        key_of(secret)
    assert "not base64 " not in str(refusal.value).replace("is not base64 after", "")
