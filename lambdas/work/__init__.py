"""Kinds of work: the registry and the built-in kinds. Add your own here."""
