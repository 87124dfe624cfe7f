"""The executor's code in a function's process, run by the base interpreter without LocalStack."""
