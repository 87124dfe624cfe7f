"""A client of the HTTP API. It knows nothing of the stack or of the sandbox behind it."""
