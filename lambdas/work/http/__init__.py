"""HTTP client that connects only to public addresses, unless private ones are allowed."""
