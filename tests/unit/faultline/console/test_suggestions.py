"""Values that the filters of the task list suggest."""

from faultline.console.suggestions import Suggestions


def test_what_was_seen_is_suggested() -> None:
    found = Suggestions()
    found.add_kinds([{"name": "mail"}, {"name": "echo"}])
    found.add_tasks([{"type": "echo", "tags": ["b", "a"], "error": {"type": "ValueError"}}, {"type": "old"}])
    assert found.of("type") == ["echo", "mail", "old"]
    assert found.of("tag") == ["a", "b"]
    assert found.of("errorType") == ["ValueError"]
    assert found.of("reference") == found.of("text") == []


def test_they_are_bounded() -> None:
    found = Suggestions()
    found.add_tasks({"reference": f"customer-{number:03}"} for number in range(300))
    assert len(found.of("reference")) == 200
    assert found.of("reference")[-1] == "customer-299"
