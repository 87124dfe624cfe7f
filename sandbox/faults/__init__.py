"""Fault injection: calls of the functions to AWS that fail or are late on purpose."""
