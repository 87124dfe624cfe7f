"""Tasks and their rules. Pure: standard library and pydantic only; no AWS, no clock, no randomness."""
