"""Logs, metrics, traces, masking."""
