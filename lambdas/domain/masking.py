"""Masking of private data in free text: credentials, tokens, e-mail addresses and card numbers.

The texts are mostly error messages that quote a URL, a header or a piece of JSON. In case of doubt, data is
masked: it can still be read in the task, whereas disclosed data cannot be taken back. Fields are masked by
name in `lambdas.domain.private_fields`.

The patterns take linear time, so no text can be crafted to slow them down: no part of a pattern can match in
two ways, and the positions where it can begin are bounded (`(?<!...)`, possessive `++`).
"""

import re
from collections.abc import Callable

from pydantic import JsonValue

from lambdas.domain.card_numbers import card_numbers, is_card_number

MASK = "*****"
"""Replacement for private data, the same as in Powertools' data masking."""

# Endings of the names of private values, as spelled in URLs, headers, JSON and prose: `access_token`,
# `X-Api-Key`, `clientSecret`.
_ENDINGS = "|".join(
    (
        *("passwords?", "passwd", "pwd", "passphrase", "secret", "credentials?", "token", "cookie", "jwt"),
        *(f"{kind}[_-]?key" for kind in ("api", "access", "secret", "private", "signing", "encryption")),
        *("signature", "authorization", "session[_-]?id", "ssn"),
    )
)
# Names of private values only when nothing precedes them.
_WHOLE_NAMES = "key|auth|sig|sid|session|pin|cvv|cvc|otp"

_NAME = rf"(?<![\w-])(?:[\w-]*?(?:{_ENDINGS})|(?:{_WHOLE_NAMES}))(?![\w-])"
BETWEEN = r"\\*+[\"']?\s*+(?:=>|[:=]|%3[ad])\s*+"
"""Pattern between a name and its value, without regard to case.

It matches in `"token": "`, `\\"token\\": \\"` (JSON within JSON), `token=`, `token%3D` and `'token' => `.
"""
# A quoted value ends with its opening quote, or at the end of a truncated text.
_QUOTED = r"(?P<quote>\\*+[\"'])(?P<inner>.*?)(?P<close>(?<!\\)(?P=quote)|\Z)"
_BARE = r"[^\s&\"'<>\\]++"

_VALUES = re.compile(
    rf"(?P<name>{_NAME}{BETWEEN})(?:{_QUOTED}|{_BARE})",
    re.IGNORECASE | re.DOTALL,
)
# The value of a header may have several words: it ends with the line, or with the quote around the header.
_HEADERS = re.compile(
    r"(?P<name>(?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie)\s*+:\s*+)[^\s\"'][^\r\n\"']*+",
    re.IGNORECASE,
)
_SCHEMES = re.compile(
    r"\b(?P<name>bearer\s++)(?!(?:tokens?|auth\w*+|realm|is|was|not|has|and|or|in|of)\b)[^\s\"'<>,;\\]++"
    r"|\b(?P<basic>basic\s++)(?P<encoded>[A-Za-z0-9+/]{8,}+={0,2}+)",
    re.IGNORECASE,
)
_USER_OF_URL = re.compile(r"(?<=://)[^/\s@?#\"'<>]++@")
_PRIVATE_KEYS = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}+)(?<=PRIVATE KEY)-----.*?(?:-----END [A-Z0-9 ]{0,40}+-----|\Z)",
    re.DOTALL,
)
_TOKENS = re.compile(
    # JSON Web Tokens, also when cut off: `{"` in base64url begins with eyJ (RFC 7519).
    r"(?<![A-Za-z0-9])eyJ[\w-]{8,}+(?:\.[\w-]*+){0,4}+"
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    r"|(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}+\w*+"
    r"|(?<![A-Za-z0-9])(?:[spr]k_(?:live|test)_\w{8,}+|whsec_\w{8,}+|gh[pousr]_\w{16,}+|github_pat_\w{16,}+"
    r"|glpat-[\w-]{16,}+|xox[a-z]-[\w-]{8,}+|xapp-[\w-]{8,}+|AIza[\w-]{30,}+|sk-[\w-]{20,}+|npm_\w{30,}+)",
    re.ASCII,
)
# 40 characters of base64. A hexadecimal digest does not match: it does not mix upper and lower case.
_AWS_SECRETS = re.compile(r"(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-]|\.[0-9])")
# Also several in a row, of which the second may begin with a character that no domain has.
_EMAILS = re.compile(r"(?<![\w.+%-])(?:[\w.+%-]++@[\w-]++(?:\.[\w-]++)++)++")


def masked_text(text: str) -> str:
    """Return a text with its private data masked. Masking is idempotent."""
    text = _PRIVATE_KEYS.sub(MASK, text)
    text = _USER_OF_URL.sub(f"{MASK}@", text)
    text = _HEADERS.sub(rf"\g<name>{MASK}", text)
    text = _VALUES.sub(_value_masked, text)
    text = _SCHEMES.sub(_credentials_masked, text)
    text = _TOKENS.sub(MASK, text)
    text = _EMAILS.sub(MASK, text)
    text = _cards_masked(text)
    return _AWS_SECRETS.sub(_secret_masked, text)


def masked_texts(value: JsonValue) -> JsonValue:
    """Mask every string in a JSON value, including field names, and card numbers given as JSON numbers.

    Raises:
        RecursionError: The value is nested too deeply, which cannot happen for JSON read by `strict_json`.
    """
    match value:
        case str():
            return masked_text(value)
        case dict():
            return {masked_text(name): masked_texts(member) for name, member in value.items()}
        case list():
            return [masked_texts(member) for member in value]
        case int() | float() if is_card_number(f"{value:.0f}"):
            return MASK
        case _:
            return value


def _value_masked(found: re.Match[str]) -> str:
    if found["quote"] is None:
        return found["name"] + MASK
    return f"{found['name']}{found['quote']}{MASK if found['inner'] else ''}{found['close']}"


def _credentials_masked(found: re.Match[str]) -> str:
    if found["name"]:
        return found["name"] + MASK
    # An English word has lower-case letters after the first; base64 of `user:password` does not.
    is_word = found["encoded"].isalpha() and found["encoded"][1:].islower()
    return found[0] if is_word else found["basic"] + MASK


def _secret_masked(found: re.Match[str]) -> str:
    kinds: tuple[Callable[[str], bool], ...] = (str.islower, str.isupper, str.isdigit)
    return MASK if all(any(map(kind, found[0])) for kind in kinds) else found[0]


def _cards_masked(text: str) -> str:
    pieces, done = [], 0
    for begin, end in card_numbers(text):
        pieces += [text[done:begin], MASK]
        done = end
    return "".join([*pieces, text[done:]])
