"""The domain's ports on AWS: the task table, the queues, settings, the HTTP edge, telemetry."""
