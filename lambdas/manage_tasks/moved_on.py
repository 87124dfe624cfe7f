"""Refusal of a change because of a task's state."""

from lambdas.http.problems import ApiError


class MovedOn(ApiError):
    """The task is in a state that does not allow the change; it may have entered it just now."""
