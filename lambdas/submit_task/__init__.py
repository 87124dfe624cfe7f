"""Function that accepts tasks, individually and in batches."""
