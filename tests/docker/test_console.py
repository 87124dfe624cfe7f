"""The web console beside the sandbox, at the printed address."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.docker.project import Project
from tests.eventually import eventually


@pytest.fixture
def own(images: None) -> Iterator[Project]:
    """Run a project with its console, in a stage that requires API keys."""
    made = Project(name="faultline-console", settings={"STAGE": "test"})
    try:
        made.up(console=True)
        yield made
    finally:
        made.down()


def test_up_serves_the_console_at_the_address_that_it_prints_first(own: Project) -> None:
    def first_line() -> str:
        # Some versions of Compose clear each line before they print it.
        log = own.compose("logs", "--no-log-prefix", "console").stdout.replace("\x1b[2K", "")
        lines = log.splitlines()
        return lines[0] if lines else ""

    line = eventually(first_line, what="the console has printed something")
    base = f"http://127.0.0.1:{own.console_port}"
    found = re.fullmatch(rf"Console: ({base}/\?token=\S+)", line)
    assert found, line

    def opened() -> requests.Response | None:
        try:
            return requests.get(found[1], timeout=60)
        except (requests.ConnectionError, requests.Timeout):
            return None

    answer = eventually(opened, what="the console answers")
    [(name, value)] = answer.cookies.get_dict().items()
    assert name == f"faultline_console_{own.console_port}"
    page = requests.get(base, cookies={name: value}, timeout=60)
    assert (page.status_code, "Faultline test" in page.text) == (200, True)
    assert requests.get(base, timeout=60).status_code == 401
