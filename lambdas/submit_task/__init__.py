"""Function behind POST /tasks and GET /kinds."""
