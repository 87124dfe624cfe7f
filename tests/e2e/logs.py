"""Log groups and log lines of the stack."""

from datetime import datetime

from tests.e2e.stack import Stack


def log_groups(stack: Stack) -> list[str]:
    """Return the names of the log groups of the functions and of the API."""
    pages = stack.session.client("logs").get_paginator("describe_log_groups").paginate()
    groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return [group for group in groups if stack.settings.stack_name in group]


def log_lines(stack: Stack, group: str, since: datetime) -> list[str]:
    """Return the lines that were written to a log group since a time."""
    pages = (
        stack.session.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, startTime=int(since.timestamp() * 1000))
    )
    return [event["message"] for page in pages for event in page["events"]]
