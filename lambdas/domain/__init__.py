"""The domain model: tasks, retry policies and errors, without I/O, clocks or randomness."""
