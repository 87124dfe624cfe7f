"""Filter expressions.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

import pytest

from sandbox.services.xray import filters
from sandbox.services.xray.filters import UnreadableFilter
from sandbox.services.xray.subject import Subject

SHOP = Subject(
    flags=frozenset({"fault"}),
    numbers={"responsetime": (0.5,)},
    strings={"name": ("shop",)},
    annotations={},
)
TRACE = Subject(
    flags=frozenset({"fault"}),
    numbers={"responsetime": (1.5,), "duration": (2.0,), "http.status": (500,)},
    strings={"http.url": ("http://shop/buy",), "user": ("ann", "bob")},
    annotations={"task_id": ("one", "two"), "count": (3,), "sold": (True,), "aws:api_id": ("abc",)},
    services=(SHOP,),
)


@pytest.mark.parametrize(
    "expression",
    [
        'annotation.task_id = "one"',
        'annotation[task_id] = "two"',
        'annotation[ task_id ]="two"',
        'annotation[aws:api_id] = "abc"',
        'annotation.aws:api_id BEGINSWITH "a"',
        "annotation.task_id",
        "!annotation.other",
        "annotation.count >= 3",
        "annotation.sold = true",
        'annotation.task_id != "one"',
        'user = "bob"',
        'service("shop")',
        "service()",
        'service("shop") { fault AND responsetime < 1 }',
        '!service("shop") { error }',
        "fault",
        "fault = true",
        "error = false",
        "!error",
        "responsetime > 1",
        "responsetime>1 AND duration>=2.0",
        "error OR fault",
        "error AND error OR fault",
        "error AND (error OR fault) OR !!fault",
        'http.url CONTAINS "buy" and http.status = 500',
        'http.url endswith "\\b\\u\\y"',
        "  fault  ",
    ],
)
def test_what_holds(expression: str) -> None:
    assert filters.read(expression)(TRACE)


@pytest.mark.parametrize(
    "expression",
    [
        'annotation.task_id = "three"',
        "annotation.task_id = 1",
        'annotation.count = "3"',
        "annotation.sold = 1",
        "annotation.count = true",
        'annotation.other != "x"',
        'service("bank")',
        'service("shop") { responsetime > 1 }',
        "error",
        "!fault",
        "ok",
        "responsetime > 1.5",
        "fault AND (error OR throttle)",
        "error OR fault AND error",
    ],
)
def test_what_does_not_hold(expression: str) -> None:
    assert not filters.read(expression)(TRACE)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        "fault AND",
        "AND fault",
        "fault fault",
        "(fault",
        "fault)",
        "()",
        "!",
        '"fault"',
        "responsetime",
        "responsetime >",
        'responsetime > "1"',
        "responsetime > 1.2.3",
        "responsetime CONTAINS 1",
        "fault = 1",
        "fault > true",
        "service(shop)",
        'service("shop"',
        'service("shop") { fault',
        'annotation["x',
        "annotation[] = 1",
        'edge("a", "b")',
        'group.name = "x"',
        "nonsense",
        "fault; fault",
        'http.url = "unclosed',
        "(" * 200 + "fault" + ")" * 200,
        "!" * 1999 + "x",
        "fault OR " * 300 + "fault",
    ],
)
def test_what_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(UnreadableFilter):
        filters.read(expression)
