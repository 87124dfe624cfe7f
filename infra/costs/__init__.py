"""Costs of a stage on AWS: while it is idle, and for a number of tasks."""
