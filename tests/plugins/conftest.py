"""Configuration of the plug-ins' unit tests, which run in LocalStack's environment.

.sandbox-venv/bin/python -m pytest tests/plugins
"""

from hypothesis import settings

# As for the other unit tests (tests/unit/conftest.py).
settings.register_profile("unit", deadline=None, database=None, max_examples=25)
settings.load_profile("unit")
