"""`faultline dashboard`: a CloudWatch dashboard in the terminal."""
