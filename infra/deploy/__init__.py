"""Packaging the functions, and deploying a stack by CloudFormation."""
