"""`faultline trace`: draw a task's X-Ray trace in the terminal."""
