"""Function behind POST /tasks, and the batches."""
