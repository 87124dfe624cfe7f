"""Security headers of every response.

The headers that OWASP recommends for APIs, as far as they apply to one that serves no pages:
https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
"""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    # Browsers obey it over TLS only, as on AWS.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Values without quotes: in API Gateway's responses quotes enclose a static value."""

CONTENT_SECURITY_POLICY = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""Only in responses of functions: the gateway's own responses contain nothing from a client."""
