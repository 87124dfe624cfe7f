"""The part of the executor that runs in a function's process, by the base interpreter, without LocalStack."""
