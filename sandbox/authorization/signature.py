"""Signature Version 4 of a request to an API: read from its headers, and checked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SERVICE = "execute-api"
_ALGORITHM = "AWS4-HMAC-SHA256"
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_CLOCK_SKEW = timedelta(minutes=5)
_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^\s,]+)")


class NotSigned(Exception):
    """The request has no signature."""


class BadSignature(Exception):
    """The request has a signature that cannot be right; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request as it came: its `url` as it was encoded, headers by their names in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a request's Authorization header says of it."""

    access_key: str
    region: str
    timestamp: str
    signed_headers: tuple[str, ...]
    value: str

    @classmethod
    def of(cls, request: Request, now: datetime) -> Self:
        """Read it.

        Raises:
            NotSigned: there is none.
            BadSignature: it is malformed, for another service, or more than five minutes old or early.
        """
        header = request.headers.get("authorization", "")
        if not header:
            raise NotSigned
        fields = dict(_FIELD.findall(header))
        scope = fields.get("Credential", "").split("/")
        if not header.startswith(_ALGORITHM) or len(fields) != 3 or len(scope) != 5:
            raise BadSignature("the Authorization header is no whole Signature Version 4")
        access_key, day, region, service, terminator = scope
        timestamp = request.headers.get("x-amz-date", "")
        if (service, terminator) != (SERVICE, "aws4_request") or not timestamp.startswith(day):
            raise BadSignature(f"the credential's scope is not <date>/<region>/{SERVICE}/aws4_request")
        try:
            signed_at = datetime.strptime(timestamp, _TIMESTAMP).replace(tzinfo=UTC)
        except ValueError as error:
            raise BadSignature("X-Amz-Date is no time of the form 20260131T120000Z") from error
        if abs(now - signed_at) > _CLOCK_SKEW:
            raise BadSignature(f"signed at {timestamp}, which is not now")
        signed = tuple(fields["SignedHeaders"].lower().split(";"))
        if "host" not in signed:
            raise BadSignature("the host is not signed")
        return cls(
            access_key=access_key,
            region=region,
            timestamp=timestamp,
            signed_headers=signed,
            value=fields["Signature"],
        )

    def verify(self, request: Request, secret: str) -> None:
        """Make the signature anew with the key's secret. Raises BadSignature when it is another."""
        signing = SigV4Auth(Credentials(self.access_key, secret), SERVICE, self.region)
        signed = {name: request.headers.get(name, "") for name in self.signed_headers}
        made = AWSRequest(request.method, request.url, headers=signed, data=request.body)
        made.context["timestamp"] = self.timestamp
        expected = signing.signature(signing.string_to_sign(made, signing.canonical_request(made)), made)
        if not hmac.compare_digest(expected, self.value):
            raise BadSignature("the signature is not that of this request")
