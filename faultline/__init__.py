"""The `faultline` command, the operations behind it, and the API client."""
