"""Fixtures of the tests of commands."""

import pytest


@pytest.fixture
def few_pytest_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave plug-ins that users need not have, and that are slow to import, out of other runs of pytest."""
    others = ("anyio", "hypothesispytest", "schemathesis", "xdist", "cacheprovider")
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in others))
