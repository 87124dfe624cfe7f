"""What the stack has logged."""

from datetime import datetime

from tests.e2e.stack import Stack


def log_groups(stack: Stack) -> list[str]:
    """All of the stack's: its functions' and its API's."""
    pages = stack.session.client("logs").get_paginator("describe_log_groups").paginate()
    groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return [group for group in groups if stack.settings.stack_name in group]


def log_lines(stack: Stack, group: str, since: datetime) -> list[str]:
    """What was written to a log group since then."""
    pages = (
        stack.session.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, startTime=int(since.timestamp() * 1000))
    )
    return [event["message"] for page in pages for event in page["events"]]
