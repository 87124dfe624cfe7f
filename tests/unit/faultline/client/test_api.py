"""The API client."""

import pytest

from faultline.client.api import ApiClient, task_path
from faultline.client.errors import InvalidTaskId


@pytest.mark.parametrize("id", ["a", "invoice-4711", "A_b.c:d", "message:4a", "...", "x" * 128])
def test_an_id_is_the_end_of_a_path(id: str) -> None:
    """A task id is used in a path without encoding."""
    assert task_path(id) == f"/tasks/{id}"


@pytest.mark.parametrize(
    "id",
    [
        *("", ".", "..", "x" * 129, "order#17", "order?x=1", "x/../dead", "x/redrive", "..%2fdead", "a%41"),
        *("order\n", "order\r\n", " order", "order ", "a b", "a\x00", "caf\u00e9", "\uff41", "a;b", "a\\b"),
    ],
)
def test_what_is_no_id_names_no_task(id: str) -> None:
    """A malformed id is refused without a request, since its URL could address another task."""
    client = ApiClient("http://127.0.0.1:9/")  # nothing listens there
    for call in (client.task, client.cancel, client.redrive):
        with pytest.raises(InvalidTaskId, match="is not a task id"):
            call(id)
