"""Faster access to DynamoDB's tables."""
