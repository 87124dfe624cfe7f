"""Start, find and stop LocalStack as a process. Runs in the project's environment."""
