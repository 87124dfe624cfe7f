"""A sandbox, a console and a browser that the tests share; each test has its own tab.

Without Chromium the tests are skipped, unless FAULTLINE_BROWSER=required.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from faultline.operations import target
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.outputs import outputs
from infra.deploy.packaging import build, local_platform
from infra.stages import stage
from sandbox.process import lifecycle
from tests.console import proxy as proxies
from tests.console.process import ConsoleProcess, serving
from tests.console.proxy import Proxy
from tests.console.seed import seed
from tests.e2e.stack import Stack
from tests.eventually import DEADLINE_SECONDS

expect.set_options(timeout=1000 * DEADLINE_SECONDS)
_CHEAPER = (
    # One process for all tabs, which keeps their scripts in memory.
    "--process-per-site",
    # Tabs live for a second or two, in which optimizing their scripts does not pay off.
    "--js-flags=--no-opt --no-maglev",
)
"""Options of Chromium that save CPU time and change nothing that a page shows."""

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the system's Chromium."""
    executable = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if executable is None:
        missing = "there is no Chromium; to install it: apt-get install chromium-headless-shell"
        if os.environ.get("FAULTLINE_BROWSER") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    return executable


@pytest.fixture(scope="session")
def deployed(chromium: str, state_home: Path) -> Iterator[Stack]:
    """Deploy the dev stage, without random failures, to a sandbox of these tests' own."""
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(lifecycle.start, port=0)
        artifact = build(local_platform())
    sandbox = starting.result()
    try:
        session, settings = target.of_sandbox(sandbox).session, replace(stage("dev"), failure_rate=0.0)
        deploy(session, settings, artifact, resolvers())
        yield Stack(
            session=session,
            settings=settings,
            outputs=outputs(session, settings),
            api_key=None,
        )
    finally:
        lifecycle.stop(sandbox.port)


@pytest.fixture(scope="session")
def proxy(deployed: Stack) -> Iterator[Proxy]:
    """Run a proxy between the console and the sandbox."""
    port = int(deployed.api.url.split("://")[1].split("/")[0].rpartition(":")[2])
    with proxies.running(port) as running:
        yield running


@pytest.fixture(scope="session")
def console(
    proxy: Proxy, deployed: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConsoleProcess]:
    """Submit tasks, and run the console that the tests share."""
    log = tmp_path_factory.mktemp("console") / "log"
    submitted = seed(deployed)
    with serving(f"http://127.0.0.1:{proxy.port}", log) as running:
        for task_id in submitted:
            deployed.ended(task_id)
        yield running


@pytest.fixture(scope="session")
def stack(deployed: Stack, console: ConsoleProcess) -> Stack:
    """Return the deployed stack, with tasks submitted and a console running."""
    return deployed


@pytest.fixture(scope="session")
def context(
    chromium: str, console: ConsoleProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Run Chromium, logged in to the console and with a warm cache.

    A profile on disk keeps compiled scripts, which each page would otherwise compile again.
    """
    with sync_playwright() as playwright:
        made = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=chromium,
            # As root it runs only without its own sandbox.
            args=[*_CHEAPER, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            viewport={"width": 1280, "height": 860},
            # The processor renders each frame of a transition.
            reduced_motion="reduce",
            base_url=console.base,
        )
        made.set_default_timeout(1000 * DEADLINE_SECONDS)
        page = made.new_page()
        page.goto(console.address)
        page.wait_for_selector("h1")
        # It keeps the process that the tabs share, and refreshes nothing.
        page.goto("/favicon.ico")
        yield made
        made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a tab for a single test. A script error in it, or a file from another server, fails the test."""
    page = context.new_page()
    faults: list[str] = []
    servers: set[str] = set()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: servers.add(urlsplit(request.url).netloc))
    yield page
    page.close()
    assert faults == []
    # `data:` and `blob:` have none.
    assert len(servers - {""}) == 1, f"a console loads only its own files: {servers}"
