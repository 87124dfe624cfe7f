"""`faultline trace`: a task's trace as X-Ray has it, drawn in the terminal."""
