"""Unit tests of the kind `greet`, without AWS."""

from faultline.testing import Dies, Retries, Succeeded, perform, run_to_end


def test_it_greets() -> None:
    outcome = perform("greet", {"name": "Ada"})
    assert isinstance(outcome, Succeeded)
    assert outcome.result["greeting"] == "Hello, Ada!"


def test_a_blank_name_is_never_retried() -> None:
    outcome = perform("greet", {"name": " "})
    assert isinstance(outcome, Dies)
    assert outcome.error.message == "name must not be blank"


def test_network_errors_are_retried() -> None:
    ended = run_to_end("greet", {"name": "Ada"}, failing=["NETWORK", "NETWORK"])
    assert [type(each) for each in ended.attempts] == [Retries, Retries, Succeeded]
