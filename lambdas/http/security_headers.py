"""Headers of every answer that keep a browser from doing more with it than reading it.

What OWASP recommends for APIs, as far as it applies to one that serves no pages:
https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
"""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    # Heeded over TLS only, as on AWS.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Values without quotes: API Gateway takes what stands between quotes for a header's value."""

CONTENT_SECURITY_POLICY = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""In the functions' answers, which alone may have something of a client's in them."""
