"""The stack as Python: settings per stage, template, packaging, deployment."""
