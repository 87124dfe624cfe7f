"""IAM: identification of functions as callers, and enforcement of permissions."""
