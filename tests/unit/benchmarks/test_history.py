"""Times in a task's history."""

import pytest

from benchmarks import history

TASK = {
    "submittedAt": "2026-01-31T12:00:00.000Z",
    "history": [
        {"at": "2026-01-31T12:00:00.000Z", "status": "PENDING"},
        {"at": "2026-01-31T12:00:00.100Z", "status": "PROCESSING", "attempt": 1},
        {"at": "2026-01-31T12:00:00.200Z", "status": "RETRYING", "attempt": 1, "retryDelaySeconds": 1},
        {"at": "2026-01-31T12:00:01.250Z", "status": "PROCESSING", "attempt": 2},
        {"at": "2026-01-31T12:00:01.300Z", "status": "RETRYING", "attempt": 2, "retryDelaySeconds": 3},
        {"at": "2026-01-31T12:00:04.200Z", "status": "PROCESSING", "attempt": 3},
        {"at": "2026-01-31T12:00:04.500Z", "status": "SUCCEEDED", "attempt": 3},
    ],
}


def test_each_retry_has_an_error_of_its_own_sign() -> None:
    """A late retry has a positive error, and an early one a negative error."""
    assert list(history.retry_errors(TASK)) == pytest.approx([0.05, -0.1])


def test_a_task_lasts_from_its_submission_to_its_last_end() -> None:
    """A task's duration runs from its submission to its last end, retries included."""
    assert history.ended(TASK) - history.submitted(TASK) == pytest.approx(4.5)
    assert history.first(TASK, "PROCESSING") - history.submitted(TASK) == pytest.approx(0.1)
