"""`faultline dashboard`: draw a CloudWatch dashboard in the terminal."""
