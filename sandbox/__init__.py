"""The sandbox: LocalStack as a laptop's AWS."""
