"""The target of a command, unaffected by later changes to the environment."""

from pathlib import Path
from typing import Any

import pytest

from faultline.operations import target
from faultline.operations.errors import NoTarget
from sandbox.process.state_file import Sandbox

SANDBOX = Sandbox(port=4711, pid=1, identity="x")
SERVICES = ("s3", "sqs", "sts", "cloudformation", "apigateway", "logs", "xray", "dynamodb", "lambda")


@pytest.fixture(autouse=True)
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set AWS variables and a config file that could divert calls from the sandbox."""
    config = tmp_path / "config"
    config.write_text(
        "[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:3\n"
        "[profile work]\nservices = elsewhere\n[services elsewhere]\ns3 =\n  endpoint_url = http://127.0.0.1:4\n"
    )
    for name in ("AWS_ENDPOINT_URL", "FAULTLINE_TARGET", "REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_CONFIG_FILE": str(config),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_CLOUDFORMATION": "http://127.0.0.1:2",
        "AWS_REGION": "ap-south-1",
        "AWS_DEFAULT_REGION": "sa-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)


def assert_calls_only(found: target.Target, url: str) -> None:
    session: Any = found.session
    for service in SERVICES:
        client = session.client(service)
        assert client.meta.endpoint_url == url
        assert client.meta.region_name == "us-east-1"
        assert client._request_signer._credentials.access_key == "test"
        assert not client._endpoint.http_session._proxy_config._proxies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
        ("AWS_PROFILE", "missing"),
        ("AWS_PROFILE", "work"),
        ("AWS_CONFIG_FILE", "/dev/full"),
        ("NO_PROXY", "example.com"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:5"),
    ],
)
def test_a_sandbox_is_called_directly(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """No variable, profile, file or proxy diverts a call, and real credentials are not sent."""
    monkeypatch.setenv(name, value)
    assert_calls_only(target.of_sandbox(SANDBOX), "http://127.0.0.1:4711")


def test_a_broken_config_file_does_no_harm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A broken AWS config file does not affect calls to a sandbox."""
    (tmp_path / "broken").write_text("[nonsense\nx")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "broken"))
    assert_calls_only(target.of_sandbox(SANDBOX), "http://127.0.0.1:4711")


def test_the_endpoint_of_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_ENDPOINT_URL is read once and passed to the clients."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4712")
    found = target.find(4566)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:6")
    assert_calls_only(found, "http://127.0.0.1:4712")


@pytest.mark.parametrize(
    "url",
    [
        "localhost:4566",
        "127.0.0.1",
        "http://",
        "ftp://127.0.0.1",
        "http://127.0.0.1:port",
        "http://[::1",
        " ",
        "x",
    ],
)
def test_an_endpoint_that_is_no_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """An invalid AWS_ENDPOINT_URL is refused in one line that names the variable."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(NoTarget, match=r"^AWS_ENDPOINT_URL must be a URL[^\n]*$"):
        target.find(4566)


def test_aws_is_no_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS endpoint in AWS_ENDPOINT_URL is refused, with the advice to add `--aws`."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sqs.eu-west-1.amazonaws.com")
    with pytest.raises(NoTarget, match="add --aws"):
        target.find(4566)


def test_credentials_alone_do_not_mean_aws(state_home: Path) -> None:
    """Credentials alone do not select AWS: without a sandbox, nothing is called."""
    with pytest.raises(NoTarget, match="no sandbox runs on port 4799"):
        target.find(4799)


@pytest.mark.parametrize("said", [True, False])
def test_aws_is_said(monkeypatch: pytest.MonkeyPatch, said: bool) -> None:
    """`--aws` or FAULTLINE_TARGET selects AWS, and endpoints in the environment are then ignored."""
    if not said:
        monkeypatch.setenv("FAULTLINE_TARGET", "aws")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.delenv("AWS_USE_FIPS_ENDPOINT")
    monkeypatch.delenv("AWS_USE_DUALSTACK_ENDPOINT")
    found = target.find(4566, aws=said)
    assert found.is_aws
    session: Any = found.session
    for service in SERVICES:
        client = session.client(service)
        assert client.meta.endpoint_url.endswith("ap-south-1.amazonaws.com")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"FAULTLINE_TARGET": "AWS"}, "FAULTLINE_TARGET must be aws or sandbox"),
        ({"FAULTLINE_TARGET": "aws", "AWS_PROFILE": "missing"}, "could not be found"),
        ({"FAULTLINE_TARGET": "aws", "AWS_CONFIG_FILE": "broken"}, "AWS cannot be used"),
        ({"FAULTLINE_TARGET": "aws", "AWS_ACCESS_KEY_ID": ""}, "no credentials"),
    ],
)
def test_aws_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    """If AWS cannot be used, the error is one line."""
    (tmp_path / "broken").write_text("[nonsense\nx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
        if not value:
            monkeypatch.delenv(name)
    with pytest.raises(NoTarget, match=said) as failure:
        target.find(4566)
    assert "\n" not in str(failure.value)
