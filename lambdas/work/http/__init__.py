"""HTTP client for requests to addresses that must be public."""
