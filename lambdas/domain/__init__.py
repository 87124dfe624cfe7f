"""What a task is. Pure: the standard library and pydantic only, no AWS, no clock, no randomness."""
