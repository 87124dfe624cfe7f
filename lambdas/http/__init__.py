"""HTTP layer of the API: requests, responses and problems."""
