"""Messaging through SQS and SNS."""
