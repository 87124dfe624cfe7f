"""Kinds of work: the registry, the built-in kinds, and the discovery of a project's kinds."""
