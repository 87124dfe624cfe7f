"""Filter expressions.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

import pytest

from sandbox.services.xray import filters
from sandbox.services.xray.filters import UnreadableFilter

ANNOTATIONS = {"task_id": ("one", 'a "b"'), "count": (3,), "aws:api_id": ("abc",)}


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ('annotation.task_id = "one"', True),
        ('annotation[task_id] = "one"', True),
        ('  annotation[ task_id ]="one"  ', True),
        ('annotation.aws:api_id = "abc"', True),
        (r'annotation.task_id = "a \"b\""', True),
        ('annotation.task_id = "one" AND annotation[aws:api_id] = "abc"', True),
        ('annotation.task_id = "one" and annotation.count = "3"', False),
        ('annotation.task_id = "three"', False),
        ('annotation.other = "x"', False),
    ],
)
def test_annotations(expression: str, matches: bool) -> None:
    """A trace matches if each given string is among the values of its annotation."""
    assert filters.read(expression)(ANNOTATIONS) == matches


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        "fault",
        "annotation.task_id",
        "annotation.count = 3",
        'annotation.task_id != "one"',
        'annotation.task_id = "one" AND',
        'annotation.task_id = "one" AND fault',
        'annotation.task_id = "one" OR annotation.task_id = "two"',
        'annotation.task_id = "one" annotation.task_id = "two"',
        'annotation.task_id = "unclosed',
        'annotation[] = "one"',
        '!annotation.task_id = "one"',
        'service("shop")',
        'annotation.x = "1" AND ' * 100 + 'annotation.x = "1"',
    ],
)
def test_other_expressions_are_refused(expression: str) -> None:
    """Expressions other than string equalities joined by AND, up to a limit, are refused."""
    with pytest.raises(UnreadableFilter):
        filters.read(expression)
