"""Telemetry: logs, metrics, traces and the masking of private data."""
