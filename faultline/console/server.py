"""Web server of the console, which admits only requests that pass `Guard`."""

import socket
from pathlib import Path

from nicegui import app, ui

from faultline.console.break_it import BreakIt
from faultline.console.dashboards import Dashboards
from faultline.console.dead_letters import WINDOWS as REPORTED
from faultline.console.dead_letters import DeadLetters
from faultline.console.flow import Flow
from faultline.console.frame import Frame, Preferences
from faultline.console.gateway import Gateway
from faultline.console.guard import Access, Guard
from faultline.console.listener import ON_THIS_MACHINE
from faultline.console.overview import WINDOWS, Overview
from faultline.console.page_script import SCRIPT
from faultline.console.submit import Submit
from faultline.console.task_filters import TaskFilters
from faultline.console.task_list import TaskList
from faultline.console.task_screen import TaskScreen
from faultline.operations.demonstration.scenes import Scenes

_STYLE = Path(__file__).with_name("console.css")
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" '
    'fill="#1d5fd1"/><path d="M6 20 L12 20 L15 9 L19 24 L22 16 L26 16" fill="none" stroke="#fff" '
    'stroke-width="2.6" stroke-linejoin="round" stroke-linecap="round"/></svg>'
)


def serve(gateway: Gateway, access: Access, listener: socket.socket, *, open_browser: bool = False) -> None:
    """Serve the console until the process is interrupted.

    Args:
        gateway: Access to the stage.
        access: Secrets that a browser must present.
        listener: Listening socket; in a container, its port may differ from the one that browsers use.
        open_browser: Whether to open the console in the browser.
    """
    _pages(gateway)
    ui.add_head_html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>{SCRIPT}", shared=True)
    app.add_middleware(Guard, access=access)
    ui.run(
        host=ON_THIS_MACHINE,
        port=access.port,  # for the browser that it opens
        fd=listener.fileno(),
        title="Faultline",
        favicon=_ICON,
        dark=None,
        language="en-US",
        reload=False,
        show=access.path if open_browser else False,
        show_welcome_message=False,
        tailwind=False,
        reconnect_timeout=10.0,
        access_log=False,
    )


def _query() -> str:
    request = ui.context.client.request
    return request.url.query if request else ""


def _pages(gateway: Gateway) -> None:
    preferences = Preferences()
    scenes = None
    if gateway.endpoint_url is not None:
        scenes = Scenes(gateway.api, gateway.session, gateway.settings, gateway.endpoint_url)
        app.on_shutdown(scenes.close)
    screens = {
        "Overview": "/",
        "Tasks": "/tasks",
        "Dead letters": "/dead-letters",
        "Flow": "/flow",
        "Charts": "/dashboards",
        "Submit": "/submit",
    }
    if scenes is not None:
        screens["Break it"] = "/break-it"

    def frame(current: str) -> Frame:
        return Frame(gateway, preferences, screens, current)

    @ui.page("/")
    def overview(window: str = "1h") -> None:
        Overview(frame("/"), window if window in WINDOWS else "1h").build()

    @ui.page("/tasks")
    def tasks() -> None:
        TaskList(frame("/tasks"), TaskFilters.of_address(_query())).build()

    @ui.page("/tasks/{task_id}")
    def task(task_id: str) -> None:
        TaskScreen(frame("/tasks"), task_id).build()

    @ui.page("/dead-letters")
    def dead_letters(window: str = "24h") -> None:
        DeadLetters(frame("/dead-letters"), window if window in REPORTED else "24h").build()

    @ui.page("/flow")
    def flow() -> None:
        Flow(frame("/flow")).build()

    @ui.page("/submit")
    def submit(kind: str = "", copy: str = "") -> None:
        Submit(frame("/submit"), kind, copy).build()

    @ui.page("/dashboards")
    def dashboards(name: str = "", window: str = "1h") -> None:
        Dashboards(frame("/dashboards"), name, window).build()

    if scenes is not None:

        @ui.page("/break-it")
        def break_it() -> None:
            BreakIt(frame("/break-it"), scenes).build()
