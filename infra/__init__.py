"""The stack in Python: stages, template, costs, packaging and deployment, and project folders."""
