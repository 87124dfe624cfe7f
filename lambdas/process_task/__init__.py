"""Function that consumes the task queue."""
