"""Function that releases waiting tasks."""
