"""Packaging the functions, and deploying a stack with CloudFormation."""
