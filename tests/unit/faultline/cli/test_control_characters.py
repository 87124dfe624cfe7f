"""Texts from elsewhere, which must not control the terminal of the person who reads them."""

import json
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from faultline.cli import dlq_report, logs, main, stats, tasks, wait
from faultline.cli.bulk import BulkChange, run
from faultline.cli.command_failure import CommandFailed
from faultline.cli.control_characters import Escaping, escaped
from faultline.cli.dashboard.drawing import drawing
from faultline.cli.display import circuit_table, out, say
from faultline.client import Client
from faultline.client.api import Answer
from faultline.operations.dashboards.board import Board, Graph
from faultline.operations.dashboards.board import Line as Curve
from faultline.operations.logs import Line
from tests.unit.faultline.client import server as servers
from tests.unit.faultline.client.calling import AT, TASK
from tests.unit.faultline.client.server import Server

OBEYED = "\x1b]0;x\x07\x9b2J"
SHOWN = "\\u001b]0;x"
TIME = datetime(2026, 1, 31, 12, tzinfo=UTC)
ERROR = {
    "category": "NETWORK",
    "type": "Refused",
    "retryable": True,
    "message": OBEYED,
    "traceback": f"a\n{OBEYED}",
}
DEAD = {
    **TASK,
    "status": "DEAD_LETTERED",
    "error": ERROR,
    "result": OBEYED,
    "history": [{"at": AT, "status": "DEAD_LETTERED", "error": {**ERROR, "traceback": None}}],
}
REASON = {"category": "NETWORK", "type": "Refused", "reason": OBEYED, "count": 1}
STATS = {
    "window": "1h",
    "since": AT,
    "until": AT,
    "counts": {},
    "deadLetters": {"total": 1, "byCategory": {"NETWORK": 1}, "byReason": [REASON], "more": False},
    "openCircuits": [],
    "pausedKinds": [],
}
SAMPLE = {"taskId": "t", "kind": "a", "category": "NETWORK", "attempts": 1, "deadLetteredAt": AT}
REPORT = {
    "total": 1,
    "since": AT,
    "until": AT,
    "more": False,
    "trend": [],
    "byCategory": {"NETWORK": 1},
    "byKind": {"a": 1},
    "byReason": [{**REASON, "latest": AT}],
    "otherReasons": 0,
    "samples": [{**SAMPLE, "payload": OBEYED}],
}


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.running() as running:
        yield running


def is_shown(capsys: pytest.CaptureFixture[str], times: int = 1) -> None:
    """Check that the control characters of a text were printed as escapes, this many times."""
    printed = "".join(capsys.readouterr())
    assert not {char for char in printed if not char.isprintable()} - {"\n"}
    assert printed.count(SHOWN) == times


def of(server: Server, command: ModuleType, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says(200, answer)
    monkeypatch.setattr(
        command, "stage_access", lambda *_, **__: SimpleNamespace(client=lambda: Client(server.url, "key"))
    )


def test_a_task_is_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message, the traceback and the result of a task are shown with escapes."""
    of(server, tasks, DEAD, monkeypatch)
    tasks.task("t")
    is_shown(capsys, times=3)
    tasks.task("t", in_json=True)
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed)["error"]["message"] == OBEYED


def test_an_error_is_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of(server, wait, DEAD, monkeypatch)
    with pytest.raises(CommandFailed) as failed:
        wait.wait("t")
    say(f"faultline: {failed.value}")
    is_shown(capsys)


def test_reasons_are_shown(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of(server, stats, STATS, monkeypatch)
    stats.stats()
    is_shown(capsys)
    dlq_report.show(REPORT)
    is_shown(capsys, times=2)


def test_lines_of_the_log_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    logs.show(Line(at=TIME, function="a", task_id=None, level="ERROR", text=OBEYED, details=(f"\t{OBEYED}",)))
    is_shown(capsys, times=2)


def test_circuits_and_dashboards_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    out.print(circuit_table([{"name": "a", "state": "OPEN", "category": "NETWORK", "message": OBEYED}]))
    is_shown(capsys)
    graph = Graph(title="a", unit="", lines=[Curve(label=OBEYED, stat="Sum", values=[1.0])])
    board = Board(name=OBEYED, start=TIME, period=60, alarms=[], graphs=[graph])
    out.print(drawing(board, framed=False), soft_wrap=True)
    is_shown(capsys, times=2)


def test_problems_of_a_bulk_change_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    failed = {"taskId": "t", "problem": {"detail": OBEYED, "errors": []}}
    body = {"matched": 1, "done": 0, "failed": [failed], "more": False, "filter": {}, "sample": []}
    change = BulkChange(
        call=lambda _: Answer(status=200, body=body, headers={}),
        request={"filter": {}},
        verb="redrive",
        done="redriven",
    )
    with pytest.raises(CommandFailed):
        run(change, dry_run=False, limit=None, yes=True, as_json=False)
    is_shown(capsys)


def test_a_console_keeps_its_own_control_sequences() -> None:
    """Colours are kept in a terminal, where only texts are escaped."""
    console = Console(force_terminal=True, color_system="standard", width=80, highlight=False)
    console.push_render_hook(Escaping())
    with console.capture() as captured:
        console.print("a\x1bb\x85", style="red")
    assert captured.get() == "\x1b[31ma\\u001bb\\u0085\x1b[0m\n"


def test_only_control_characters_are_escaped() -> None:
    """Tabs, line feeds and letters of any script are kept; the escapes are valid in JSON."""
    kept = "a\tb\nü 注 \u00a0 \u200d"
    assert escaped(kept) == kept
    controls = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"]
    for each in controls:
        assert json.loads(f'"{escaped(each)}"') == each


def test_characters_that_the_output_lacks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result in another script can be printed to an output in Latin-1, as under an old locale."""
    printed = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(printed, encoding="latin-1"))
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
    monkeypatch.setattr(main, "app", lambda **_: out.print("\u00e9\u4f60"))
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert (ended.value.code, printed.getvalue()) == (0, b"\xe9\\u4f60\n")
