"""Lineages in tracing headers."""

import pytest

from sandbox.services.lambda_.recursion import hash_of, merged, parse, text


@pytest.mark.parametrize(
    ("value", "lineage"),
    [
        ("a87bd80c:1|68fd508a:5", {"a87bd80c": 1, "68fd508a": 5}),
        ("a87bd80c:1%7C68fd508a:5", {"a87bd80c": 1, "68fd508a": 5}),  # as botocore quotes it
        ("1:fe460cdd:0", {"1:fe460cdd": 0}),
        ("a87bd80c:1|nonsense|:2|68fd508a:x|c512fbe3:-1", {"a87bd80c": 1}),
        ("", {}),
        (None, {}),
    ],
)
def test_a_lineage_is_parsed(value: str | None, lineage: dict[str, int]) -> None:
    assert parse(value) == lineage
    assert parse(text(lineage)) == lineage


def test_the_longest_chain_counts() -> None:
    """For each function, the longest chain among a batch's messages counts."""
    assert merged([{"a": 1, "b": 7}, {}, {"a": 3}]) == {"a": 3, "b": 7}


def test_each_function_has_a_hash_of_its_own() -> None:
    assert hash_of("arn:aws:lambda:us-east-1:1:function:a") != hash_of(
        "arn:aws:lambda:us-east-1:1:function:b"
    )
