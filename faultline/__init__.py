"""Faultline for people and programs: the `faultline` command, its operations and the API client."""
