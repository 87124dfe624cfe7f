"""Function behind POST /tasks."""
