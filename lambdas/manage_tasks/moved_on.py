"""Refusal of a change because of the state that a task is in."""

from lambdas.http.problems import ApiError


class MovedOn(ApiError):
    """The task is in a state that the change is not made from; it may have come into it just now."""
