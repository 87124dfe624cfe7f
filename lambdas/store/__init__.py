"""Data access in DynamoDB and S3: tasks, payloads, lanes, circuits and indexes."""
