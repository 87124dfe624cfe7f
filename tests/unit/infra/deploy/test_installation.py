"""The settings that uv gets for the package index and its certificates."""

import sys
from pathlib import Path

import pytest

from infra.deploy.installation import uv_environment

VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "SSL_CERT_FILE",
    "PIP_INDEX_URL",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
)
PIP, OWN, SET_UP = "https://pip.example/simple", "https://own.example/simple", "https://setup.example/simple"


@pytest.fixture(autouse=True)
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Simulate an environment that scripts/setup has not made, with none of the variables set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path


def test_it_is_told_what_pip_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", PIP)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    found = uv_environment()
    assert (found["UV_DEFAULT_INDEX"], found["SSL_CERT_FILE"]) == (PIP, "/requests.pem")
    assert found["HTTPS_PROXY"] == "http://proxy.example"
    monkeypatch.setenv("PIP_CERT", "/pip.pem")
    assert uv_environment()["SSL_CERT_FILE"] == "/pip.pem"


def test_what_it_is_told_itself_comes_first(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", PIP)
    (prefix / "uv.env").write_text(f"UV_DEFAULT_INDEX={SET_UP}\n")
    assert uv_environment()["UV_DEFAULT_INDEX"] == SET_UP
    monkeypatch.setenv("UV_DEFAULT_INDEX", OWN)
    assert uv_environment()["UV_DEFAULT_INDEX"] == OWN


def test_an_older_setting_of_its_own_is_no_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", PIP)
    monkeypatch.setenv("UV_INDEX_URL", OWN)
    assert "UV_DEFAULT_INDEX" not in uv_environment()


def test_without_any_there_is_none() -> None:
    assert not {"UV_DEFAULT_INDEX", "SSL_CERT_FILE"} & uv_environment().keys()
