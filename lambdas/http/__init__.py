"""The edge of the HTTP API: requests, answers, problems."""
