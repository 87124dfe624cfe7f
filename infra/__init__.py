"""The stack in Python: settings of stages, template, packaging and deployment."""
