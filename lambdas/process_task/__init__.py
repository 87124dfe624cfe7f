"""Function that consumes the task queue and makes attempts."""
