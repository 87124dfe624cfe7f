"""Kinds of work of this project: all functions decorated with `kind` in the modules of this package."""
