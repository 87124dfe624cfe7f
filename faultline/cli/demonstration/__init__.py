"""Demonstration in the terminal: a few dozen real tasks that fail in all kinds of ways."""
