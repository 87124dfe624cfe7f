"""Function that consumes the dead-letter queue and reports on it."""
