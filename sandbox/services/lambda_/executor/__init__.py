"""Execution environments as processes of this machine."""
