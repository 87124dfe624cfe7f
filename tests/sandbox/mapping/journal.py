"""Messages sent to SQS with the standard library alone, since the functions' artifacts have no boto3.

Requests are signed with Signature Version 4:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import json
import os
import urllib.request
from datetime import UTC, datetime
from urllib.parse import urlsplit

REGION = os.environ.get("AWS_REGION", "us-east-1")
QUEUE = os.environ["JOURNAL"]
ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", f"https://sqs.{REGION}.amazonaws.com")


def send(body: str, queue: str = QUEUE, **more: str) -> None:
    """Send a message with additional headers; underscores in their names stand for hyphens."""
    payload = json.dumps({"QueueUrl": queue, "MessageBody": body}).encode()
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": urlsplit(ENDPOINT).netloc,
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
        "x-amz-target": "AmazonSQS.SendMessage",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    headers["authorization"] = authorization(headers, payload, now)
    request = urllib.request.Request(f"{ENDPOINT}/", payload, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        response.read()


def authorization(headers: dict[str, str], payload: bytes, now: str) -> str:
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(payload).hexdigest()}"
    scope = f"{now[:8]}/{REGION}/sqs/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
