"""Data is printed as it is."""

import pytest

from faultline.cli import display

TASK = {"type": "echo", "status": "SUCCEEDED", "attempts": 1, "maxAttempts": 3, "submittedAt": "2026-01-31"}


@pytest.mark.parametrize(
    "id",
    ["00:1b:ab:cd:7e", ":smile:", "[bold]x[/]", "[red]", "x" * 128, "a:ab:" * 25, r"\[x]", "&amp;"],
)
@pytest.mark.parametrize("width", [40, 80, 140])
def test_an_id_is_printed_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, id: str, width: int
) -> None:
    """No part of it is an emoji or markup, and none is cut off in a narrow table."""
    monkeypatch.setattr(display.out, "_width", width)
    display.out.print(id)
    display.out.print(display.task_table([{**TASK, "taskId": id}]))
    plain, table = capsys.readouterr().out.split("task", 1)
    assert id in plain.replace("\n", "")
    column = "".join(line.split(" ")[0] for line in table.splitlines()[1:])
    assert column.startswith(id)


@pytest.mark.parametrize("text", [":bug: in [x]", "[/red]", "a\\[b]"])
def test_an_error_is_printed_whole(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """It may quote a payload or an id."""
    display.say(text)
    assert capsys.readouterr().err == f"{text}\n"
