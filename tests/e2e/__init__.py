"""The system through its public API, against a sandbox of its own or the one at AWS_ENDPOINT_URL."""
