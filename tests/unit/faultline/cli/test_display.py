"""Printing of data without alterations."""

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
    """An id is printed in full, not interpreted as emoji or markup, even in a narrow table."""
    monkeypatch.setattr(display.out, "_width", width)
    display.out.print(id)
    display.out.print(display.task_table([{**TASK, "taskId": id}]))
    plain, table = capsys.readouterr().out.split("task", 1)
    assert id in plain.replace("\n", "")
    column = "".join(line.split(" ")[0] for line in table.splitlines()[1:])
    assert column.startswith(id)


@pytest.mark.parametrize("text", [":bug: in [x]", "[/red]", "a\\[b]"])
def test_an_error_is_printed_whole(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """An error message is printed unaltered, as it may quote a payload or an id."""
    display.say(text)
    assert capsys.readouterr().err == f"{text}\n"


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (
            {"apiKeyId": "k1", "sourceAddress": "203.0.113.7"},
            "redriven: generation 1 requested by API key k1, address 203.0.113.7",
        ),
        ({"principal": "arn:aws:iam::1:user/[x]"}, "requested by principal arn:aws:iam::1:user/[x]"),
        ({"sourceAddress": "2001:db8::1"}, "requested by address 2001:db8::1"),
        ({}, "redriven: generation 1"),
        (None, "redriven: generation 1"),
    ],
)
def test_the_history_says_which_client_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, by: dict[str, str] | None, told: str
) -> None:
    monkeypatch.setattr(display.out, "_width", 140)
    entry = {"at": "2026-01-31T12:00:00Z", "status": "PENDING", "generation": 1}
    display.out.print(
        display.history_table({"history": [entry if by is None else {**entry, "requestedBy": by}]})
    )
    assert capsys.readouterr().out.rstrip().endswith(told)
