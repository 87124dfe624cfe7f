"""Kinds of work. Each module is imported, and what it decorates with `kind` is one."""
