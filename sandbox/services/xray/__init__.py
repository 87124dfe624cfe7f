"""X-Ray: its API, its daemon, and traces in memory."""
