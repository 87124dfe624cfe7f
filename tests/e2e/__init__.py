"""End-to-end tests through the public API, in a sandbox of their own or at AWS_ENDPOINT_URL."""
