"""Security headers of all responses.

These are the headers that OWASP recommends for APIs, without those that only concern web pages:
https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
"""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    # Browsers obey this header over TLS only, which is what AWS uses.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of all responses; no value contains quotes, which delimit static values in API Gateway."""

CONTENT_SECURITY_POLICY = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""Additional header of the functions' responses; the gateway's own responses contain no client data."""
