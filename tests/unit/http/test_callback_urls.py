"""URLs of callbacks at the HTTP edge."""

import json

import pytest

from lambdas.http.problems import ProblemType
from tests.unit.http.submission import assert_problem, submit

pytestmark = pytest.mark.usefixtures("environment")


@pytest.mark.parametrize("url", ["ftp://a.example/", "https://user:password@a.example/", "a.example", ""])
def test_a_url_that_cannot_be_called_is_refused(url: str) -> None:
    """An invalid callback URL is reported together with all other offending fields."""
    body = {"payload": {}, "reference": "", "callback": {"url": url}}
    assert_problem(submit(json.dumps(body)), ProblemType.INVALID_REQUEST, "callback.url", "reference")
