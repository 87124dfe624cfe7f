"""Conditions of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from typing import Any

import pytest

from sandbox.services.iam.permissions.conditions import NotUnderstood, holds

CONTEXT = (("a", "x"), ("arn", "arn:aws:lambda:r:1:function:f"), ("yes", "true"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"StringEquals": {"a": "x"}}, True),
        ({"StringEquals": {"A": ["y", "x"]}}, True),
        ({"StringEquals": {"a": "X"}}, False),
        ({"StringEqualsIgnoreCase": {"a": "X"}}, True),
        ({"StringEquals": {"a": "x", "arn": "none"}}, False),
        ({"StringEquals": {"missing": "x"}}, False),
        ({"StringEqualsIfExists": {"missing": "x"}}, True),
        ({"StringEqualsIfExists": {"a": "y"}}, False),
        ({"StringNotEquals": {"a": "x"}}, False),
        ({"StringNotEquals": {"a": ["y", "z"]}}, True),
        ({"StringNotEquals": {"missing": "x"}}, True),
        ({"StringLike": {"a": "?"}}, True),
        ({"StringLike": {"a": "[x]"}}, False),
        ({"StringNotLike": {"a": "x*"}}, False),
        ({"ArnLike": {"arn": "arn:aws:lambda:*:1:function:*"}}, True),
        ({"ArnLike": {"arn": "arn:aws:lambda:*"}}, False),
        ({"ArnEquals": {"arn": "arn:aws:lambda:r:1:function:f"}}, True),
        ({"ArnNotEquals": {"arn": "arn:aws:lambda:r:1:function:f"}}, False),
        ({"Bool": {"yes": "true"}}, True),
        ({"Bool": {"yes": True}}, True),
        ({"Bool": {"yes": "false"}}, False),
        ({"Bool": {"missing": "false"}}, False),
        ({"BoolIfExists": {"missing": "false"}}, True),
        ({"ForAnyValue:StringEquals": {"a": ["y", "x"]}}, True),
        ({"ForAnyValue:StringEquals": {"missing": "x"}}, False),
        ({"ForAllValues:StringEquals": {"a": ["y", "x"]}}, True),
        ({"ForAllValues:StringEquals": {"a": "y"}}, False),
        ({"ForAllValues:StringEquals": {"missing": "x"}}, True),
        ({"Null": {"missing": "true"}}, True),
        ({"Null": {"a": "true"}}, False),
        ({"Null": {"a": "false"}}, True),
        ({"StringEquals": {"a": "x"}, "Bool": {"yes": "false"}}, False),
    ],
    ids=str,
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    """Conditions are evaluated as in IAM, including those on missing keys."""
    assert holds(condition, CONTEXT) is expected


@pytest.mark.parametrize("operator", ["NumericEquals", "IpAddress", "ForAllValues:Nonsense", "Nonsense"])
def test_unknown_operators_are_told(operator: str) -> None:
    """An unknown or unsupported operator raises NotUnderstood."""
    with pytest.raises(NotUnderstood):
        holds({operator: {"a": "x"}}, CONTEXT)
