"""Enforcement and recording of permissions."""
