"""API Gateway: REST APIs, their limits, metrics and traces."""
