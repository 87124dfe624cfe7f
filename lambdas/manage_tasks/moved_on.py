"""Error for changes that the state of a task does not allow."""

from lambdas.http.problems import ApiError


class MovedOn(ApiError):
    """The task's state does not allow the change, perhaps because it has just changed."""
