"""Code of the Lambda functions: handlers, application logic, adapters to AWS, kinds of work, the domain."""
