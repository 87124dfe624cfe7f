"""The HTTP edge of the API: requests, responses, problems."""
