"""Metric math: parsing and results.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.cloudwatch.metric_math.queries import MAX_STEPS, InvalidQuery, Queries
from sandbox.services.cloudwatch.metric_math.values import Series

# Three periods: `a` has a value in each, `b` in the first and the last, `c` in none.
TIMES = range(0, 180, 60)
METRICS = {"a": {0: 2.0, 60: 4.0, 120: 8.0}, "b": {0: 1.0, 120: 3.0}, "c": {}}


def metric(id: str) -> dict[str, Any]:
    return {"Id": id, "MetricStat": {"Metric": {"MetricName": id}, "Period": 60, "Stat": "Sum"}}


def read(query: Any) -> Series:
    return Series(METRICS[query["Id"]], 60, query["Id"])


def queries(**expressions: str) -> Queries:
    asked = [{"Id": id, "Expression": expression} for id, expression in expressions.items()]
    return Queries([*map(metric, METRICS), *asked], read, TIMES)


def value(expression: str) -> Any:
    """Return an expression's number, or its series' points by period number."""
    found = queries(e=expression).value("e")
    return {at // 60: value for at, value in found.points.items()} if isinstance(found, Series) else found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("16 / 4 / 2", 2),
        ("1 + 1 >= 2", 1),
        ("1.5 > 2", 0),
        ("IF(2 > 1, 5, 6)", 5),
        ("IF(2 <= 1, 5, 6)", 6),
    ],
)
def test_numbers(expression: str, expected: float) -> None:
    """Operators have arithmetic precedence; comparisons give 1 or 0, which IF tests."""
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # With a number: each value. With a series: the periods in which both have a value.
        ("a * 10", {0: 20, 1: 40, 2: 80}),
        ("100 / a", {0: 50, 1: 25, 2: 12.5}),
        ("a + b", {0: 3, 2: 11}),
        ("a + c", {}),
        # There is no value for a division by zero.
        ("1 / (a - 4)", {0: -0.5, 2: 0.25}),
        ("a < 4", {0: 1, 1: 0, 2: 0}),
        ("FILL(b, 0)", {0: 1, 1: 0, 2: 3}),
        ("FILL(c, 7)", {0: 7, 1: 7, 2: 7}),
        ("IF(a >= 4, 100 * FILL(b, 0) / a, 0)", {0: 0, 1: 0, 2: 37.5}),
        ("IF(a >= 4, b, a)", {0: 2, 2: 3}),
        ("SUM(METRICS())", {0: 3, 1: 4, 2: 11}),
    ],
)
def test_series(expression: str, expected: dict[int, float]) -> None:
    """A missing operand or a division by zero gives no value, unless it is filled or summed up."""
    assert value(expression) == expected


def test_expressions_of_expressions() -> None:
    """Expressions refer to each other by id, in any order."""
    found = queries(rate="100 * failed / a", failed="FILL(b, 0) + FILL(c, 0)")
    assert found.series("rate").points == {0: 50, 60: 0, 120: 37.5}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "invalid syntax"),
        ("a +", "invalid syntax"),
        ("a b", "invalid syntax"),
        ("a $ b", "invalid syntax"),
        ("(a", "was never closed"),
        ("nobody", "there is no 'nobody'"),
        ("e", "'e' depends on itself"),
        ("SEARCH(a)", "SEARCH cannot be used like this; the sandbox supports"),
        ("SUM(a)", "SUM cannot be used like this"),
        ("METRICS()", "METRICS cannot be used like this"),
        ("AVG(METRICS())", "AVG cannot be used like this"),
        ("FILL(a, b)", "FILL cannot be used like this"),
        ("FILL(a, value=1)", "is not understood"),
        ("FILL(1, 0)", "FILL takes a series"),
        ("IF(a, b)", "IF cannot be used like this"),
        ("REPEAT + 1", "REPEAT is not understood"),
        ("'text'", "is not understood"),
        ("[a, b]", "is not understood"),
        ("-a", "-a is not understood"),
        ("a ^ 2", "is not understood"),
        ("0 < a < 4", "is not understood"),
        ("True", "is not understood"),
        ("a.real", "is not understood"),
        ("1 / 0", "is not a number"),
        ("1e999 - 1", "is not a number"),
        ("(" * 500 + "a" + ")" * 500, "too many nested parentheses"),
        ("+".join(["1"] * 1024), "nested too deep"),
        ("a + " * 600 + "a", "more than 2048 characters"),
    ],
)
def test_what_is_wrong_is_said(expression: str, said: str) -> None:
    """The error for an invalid expression names the expression's id and the fault."""
    with pytest.raises(InvalidQuery, match=f"Error in expression 'e': .*{said}"):
        queries(e=expression).value("e")


def test_a_number_is_no_answer() -> None:
    """An expression whose result is a number is refused, as GetMetricData returns only series."""
    with pytest.raises(InvalidQuery, match="is a number"):
        queries(e="1 + 1").series("e")


def test_long_expressions_are_evaluated() -> None:
    """An expression with hundreds of terms is evaluated."""
    assert value("+".join(["1"] * 300)) == 300


def test_so_many_expressions_may_need_one_another() -> None:
    """The maximum number of dependent expressions is accepted, and one more is refused."""
    last = MAX_STEPS - 2
    steps = {f"e{n}": f"e{n + 1} + 1" for n in range(last)} | {f"e{last}": "a"}
    assert queries(**steps).value("e0") == Series({at: last + at_a for at, at_a in METRICS["a"].items()}, 60)
    with pytest.raises(InvalidQuery, match="depend on one another"):
        queries(**steps, more="e0").value("more")


@pytest.mark.parametrize(
    "asked",
    [
        [metric("a"), metric("a")],
        [{"Id": "A", "Expression": "1"}],
        [{"Id": "e"}],
        [{**metric("a"), "Expression": "1"}],
    ],
)
def test_queries_that_are_none(asked: list[dict[str, Any]]) -> None:
    """A query is refused unless it has a valid, unique id and either a metric or an expression."""
    with pytest.raises(InvalidQuery):
        Queries(asked, read, TIMES)


@given(st.text(alphabet="ab1.+-*/<>=(), SUMFILLIFMETRICS", max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """Any text is evaluated or raises InvalidQuery."""
    try:
        found = queries(e=text).value("e")
    except InvalidQuery:
        return
    numbers = [found] if isinstance(found, float) else []
    assert all(map(math.isfinite, numbers))
