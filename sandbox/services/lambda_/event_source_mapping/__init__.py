"""Event source mappings from queues to functions."""
