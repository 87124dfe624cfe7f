"""Tasks in the states that the screens show."""

from datetime import UTC, datetime, timedelta

from tests.e2e.stack import Stack

MARKUP = "<img src=x onerror=\"document.title='broken into'\"><b>bold</b>"
PRIVATE = "tok-4f9a1c77e2"
LONG_ID = "import-" + "x" * 120


def seed(stack: Stack) -> list[str]:
    """Submit tasks for the screens, and return the ids of those that end."""
    looks = ["looks"]
    ends = [
        stack.accepted(
            taskId=f"order-{number}",
            payload={"order": number, "customer": f"customer-{number % 3}", "token": PRIVATE},
            reference=f"customer-{number % 3}",
            tags=["import", "night"],
        )
        for number in range(4701, 4707)
    ]
    ends += [
        stack.accepted(
            taskId=f"invoice-{number}", payload={"total": -1}, simulate={"error": "VALIDATION"}, tags=looks
        )
        for number in range(1, 5)
    ]
    ends += [stack.accepted(taskId="mail-1", simulate={"failures": 1, "error": "NETWORK"}, tags=looks)]
    ends += [
        stack.accepted(taskId=LONG_ID, payload={"total": -1}, simulate={"error": "VALIDATION"}, tags=looks),
        stack.accepted(
            taskId="markup",
            payload={"text": MARKUP, "</script>": {"<script>": [MARKUP]}},
            reference=MARKUP,
            tags=["<i>tag</i>"],
        ),
    ]
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    stack.accepted(taskId="later", runAt=later, tags=looks)
    return ends


def next_month() -> str:
    """Return a time 30 days ahead, long after these tests have ended."""
    return (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")


def forget(stack: Stack, task_id: str) -> None:
    """Delete a task, as its end of life does."""
    tables = stack.session.client("dynamodb")
    tables.delete_item(TableName=stack.outputs.task_table_name, Key={"taskId": {"S": task_id}})
