"""Masking of private parts of a text, and of nothing else."""

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.domain.masking import MASK, masked_text, masked_texts
from lambdas.domain.serialization import rfc3339
from tests.cpu_time import cpu_seconds

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
# AWS's own example credentials, which are not valid:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Names followed by values: in URLs, headers, JSON, Python's repr, and prose.
        ("GET https://a.example/x?token=abc&n=1", "GET https://a.example/x?token=*****&n=1"),
        ("https://a.example/?n=1&access_token=a.b-c#top", "https://a.example/?n=1&access_token=*****"),
        ("https://a.example/?key=abc&x=1", "https://a.example/?key=*****&x=1"),
        ("X-Amz-Signature=ab12&X-Amz-Date=2026", "X-Amz-Signature=*****&X-Amz-Date=2026"),
        ("redirect%3Ftoken%3Dabc%26n", "redirect%3Ftoken%3D*****"),
        ("login failed: password=hunter2", "login failed: password=*****"),
        ("password: hunter2 was wrong", "password: ***** was wrong"),
        ('{"clientSecret": "a b", "n": 1}', '{"clientSecret": "*****", "n": 1}'),
        ('{"password":"a\\"b","n":1}', '{"password":"*****","n":1}'),
        ('{"pin":1234}', '{"pin":*****'),
        (r'"{\"password\": \"a b\", \"n\": 1}"', r'"{\"password\": \"*****\", \"n\": 1}"'),
        ("input_value={'apiKey': 'a b', 'n': 1}", "input_value={'apiKey': '*****', 'n': 1}"),
        ("{'password': 'cut off", "{'password': '*****"),
        ("X-Api-Key: abc", "X-Api-Key: *****"),
        ("Authorization: Basic dXNlcjpwYXNz\nHost: x", "Authorization: *****\nHost: x"),
        ("authorization: AWS4-HMAC-SHA256 Credential=a, Signature=b", "authorization: *****"),
        ("Set-Cookie: a=b; c=d", "Set-Cookie: *****"),
        ("--header 'Cookie: a=b' --x", "--header 'Cookie: *****' --x"),
        # Secrets that are recognized by their form.
        (f"sent Bearer {JWT[:30]} to it", "sent Bearer ***** to it"),
        ("refused bearer abc123, again", "refused bearer *****, again"),
        ("HTTP Basic dXNlcjpwYXNz", "HTTP Basic *****"),
        (f"the token was {JWT}.", "the token was *****"),
        (f"the token was {JWT[:50]}", "the token was *****"),
        (f"{ACCESS_KEY} and {SECRET_KEY}", "***** and *****"),
        ("with ghp_abcdefghijklmnopqrstuvwxyz0123456789", "with *****"),
        ("with sk_live_abcdefgh12345678", "with *****"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx", "*****\nx"),
        ("-----BEGIN PRIVATE KEY-----\nMII", "*****"),
        ("postgres://user:pa:ss@db.example:5432/x", "postgres://*****@db.example:5432/x"),
        ("mail to Ann.O-Neil+x@mail.example.org.", "mail to *****."),
        ("<jürgen@exämple.de>", "<*****>"),
        # Card numbers as on https://docs.stripe.com/testing.
        ("card 4111111111111111 declined", "card ***** declined"),
        ("card 4111 1111 1111 1111 12/27 declined", "card ***** 12/27 declined"),
        ("card 5555-5555-5555-4444", "card *****"),
        ("3782 822463 10005", "*****"),
        ("30569309025904", "*****"),
        ("2223003122003222", "*****"),
        ("6011111111111117,3566002020360505", "*****,*****"),
        ("6205500000000000004", "*****"),
        ("1 4111 1111 1111 1111 2nd", "1 ***** 2nd"),
        ("n=4222222222222", "n=*****"),
    ],
)
def test_private_data_is_taken_out(text: str, shown: str) -> None:
    """A private value is masked, but the name before it stays as an explanation."""
    assert masked_text(text) == shown
    assert masked_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "answered 503 Service Unavailable",
        "simulated: attempt 3 was to fail with SYSTEM",
        "not JSON: the key 'taskId' is repeated",
        "not a task: taskId: Field required",
        "The attempt began and never reported back: the function crashed, ran out of memory or time.",
        "NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused",
        "https://api.example.com:8443/v1/orders/4711?page=2&sort=asc",
        "arn:aws:lambda:us-east-1:123456789012:function:faultline-dev-monitor-dlq",
        "Bearer token expired; the bearer of it is gone",
        "Basic Authentication is basic understanding",
        "max tokens: 512, monkey=banana, primary_key=7, orderingKey=k-1",
        "4111111111111112 has no check digit, 1111111111111117 no issuer",
        "0.4111111111111111 and 4111111111111111.50",
        "1769860800000 1769860800000000 1769860800000000000",
        "20260131120000 2026-01-31 12:00:00 2026-01-31T12:00:00.000Z",
        "41111111-1111-4111-8111-111111111111",
        "1-58406520-a006649127e371903a2de979",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "1,234,567.89 EUR, 12.50 USD, 100000000000 JPY",
        "a @ b, @home, user@host",
        "*****",
        "",
    ],
)
def test_what_is_not_private_stays(text: str) -> None:
    """Ids, times, amounts, digests and ordinary error messages stay."""
    assert masked_text(text) == text


@given(st.uuids() | st.integers(min_value=0).map(lambda n: uuid.UUID(int=n % 2**128)))
def test_no_uuid_is_taken_for_a_card(id: uuid.UUID) -> None:
    """No UUID is masked as a card number, alone or within a text."""
    for text in (str(id), str(id).upper(), f"no task {id} is recorded", f"message:{id}", f"{id}:0"):
        assert masked_text(text) == text


@given(st.integers(min_value=0, max_value=10**16 - 1))
def test_no_uuid_of_digits_is_taken_for_a_card(number: int) -> None:
    """A UUID that begins like a card number is not masked."""
    digits = f"4{number:016}"
    text = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-8111-111111111111"
    assert masked_text(text) == text


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2032, 12, 31)))  # noqa: DTZ001
def test_no_time_is_taken_for_a_card(moment: datetime) -> None:
    """Times are not masked, whether as text or as seconds, milli-, micro- or nanoseconds since 1970."""
    aware = moment.replace(tzinfo=UTC)
    count = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for text in (rfc3339(aware), str(aware), f"{aware:%Y%m%d%H%M%S} {aware:%Y%m%d%H%M%S%f}"):
        assert masked_text(text) == text
    for number in (count // 10**6, count // 1000, count, count * 1000):
        assert masked_text(f"at {number}") == f"at {number}"
        assert masked_texts(number) == number


fragments = st.sampled_from(
    [
        *(
            "token",
            "password",
            "key",
            "a",
            "é",
            " ",
            "-",
            "_",
            ".",
            "=",
            ":",
            "%3D",
            "\\",
            '"',
            "'",
            "\n",
            "@",
            "/",
        ),
        *("://", "Bearer ", "basic ", "Cookie: ", "eyJ", "eyJhbGciOi", "AKIA", ACCESS_KEY, SECRET_KEY, JWT),
        *(
            "4111",
            "4111111111111111",
            "411111111111",
            "1",
            "12345678-1234-1234-1234-123456789012",
            "a@b.example",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "sk-",
            "x" * 40,
            MASK,
            "*",
            "Zz9+/" * 8,
        ),
    ]
)


@given(st.text() | st.lists(fragments, max_size=12).map("".join))
@example(f"{ACCESS_KEY}bearer x")
@example("token='\\'a\\' b'")
@example("0" * 37 + "Aa/4111111111111111")
@example("0" * 38 + "Aa.4111111111111111")
@example("Aa" + "0" * 38 + ".4111111111111111")
@example("a@b.c%@d.e")
@example("a@b.c.@d.e+@f.g")
def test_any_text_is_masked_and_masked_again_the_same(text: str) -> None:
    """Masking never raises and is idempotent."""
    shown = masked_text(text)
    assert masked_text(shown) == shown


@given(
    st.text("abcXYZ019", min_size=1, max_size=30),
    st.sampled_from(["?token=", '"password": "', "api_key: ", "Bearer "]),
)
def test_no_secret_stays_behind_its_name(secret: str, before: str) -> None:
    """An alphanumeric value after a private name is masked, however the name is written."""
    planted = f"S{secret}9"
    assert planted not in masked_text(f"failed: {before}{planted}")


SIZE = 20 * 1024
SLOW = [
    *("a", "a-", "a.", "1 ", "4 ", "4111 ", "4", "4-", "@", "a@", "a@b.", "token", "token ", "token="),
    *("token:  ", "token\\", "token='\\' ", "\\", '"', "'", "=", " ", "key : ", "cookie: ", "cookie:"),
    *("://", "://a", "%3d"),
    *("bearer ", "basic ", "eyJ", "eyJaaaaaaaa.", "AKIA", "sk-", "xox", "A" * 40 + " ", "-----BEGIN "),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN A PRIVATE KEY", "12345678-1234-", "x" * 63 + "@"),
    *("_", "api_", "é", "\n"),
]  # fmt: skip


ORDINARY = "The quick brown fox jumps over the lazy dog, 12 times. "


@pytest.fixture(scope="module")
def ordinary() -> float:
    """Return the CPU time of masking ordinary text, in seconds."""
    text = ORDINARY * (SIZE // len(ORDINARY))
    return min(cpu_seconds(lambda: masked_text(text)) for _ in range(3))


@pytest.mark.parametrize("unit", SLOW)
def test_a_text_made_to_slow_it_down_does_not(unit: str, ordinary: float) -> None:
    """Masking repetitive text takes less than 25 times the CPU time of ordinary text.

    It takes up to 4 times. The pattern `[a-z]+@`, which begins anew at each letter, would take 50 times.
    """
    repeated = unit * (SIZE // len(unit))
    for text in (f"{repeated}!", f"token={repeated}"):
        assert cpu_seconds(partial(masked_text, text)) < 25 * ordinary
