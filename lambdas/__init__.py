"""Code of the Lambda functions: handlers, application logic, AWS adapters, kinds of work, and the domain."""
