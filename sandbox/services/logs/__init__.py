"""CloudWatch Logs: storage, filters and metrics of log events."""
