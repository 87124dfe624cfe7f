"""The conditions of the table's writes, as text."""

from datetime import UTC, datetime

from lambdas.domain.lifecycle import Status
from lambdas.store.conditions import Condition, claimable, not_ended, status_in

A, B, C = (Condition(expression=f"{name} = :{name}", values={f":{name}": 1}) for name in "abc")


def test_alternatives_within_a_conjunction_are_in_parentheses() -> None:
    """Alternatives within a conjunction are in parentheses, as AND binds more tightly than OR.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html#Expressions.OperatorsAndFunctions.Precedence
    """
    assert (A & (B | C)).expression == "a = :a AND (b = :b OR c = :c)"
    assert ((A | B) & C).expression == "(a = :a OR b = :b) AND c = :c"
    assert (A | B & C).expression == "a = :a OR b = :b AND c = :c"
    assert (A & B & C).values == {":a": 1, ":b": 1, ":c": 1}


def test_a_status_is_one_of_several() -> None:
    """A condition on several states has a placeholder for each, named after it."""
    condition = status_in(frozenset({Status.QUEUED, Status.PENDING}))
    assert condition.expression == "#status IN (:PENDING, :QUEUED)"
    assert condition.values == {":PENDING": "PENDING", ":QUEUED": "QUEUED"}


def test_a_state_that_is_not_known_is_no_end() -> None:
    """A state that the code does not know is not treated as an end."""
    condition = not_ended(2)
    assert condition.expression == (
        "generation = :ofGeneration AND NOT #status IN (:CANCELLED, :DEAD_LETTERED, :EXPIRED, :SUCCEEDED)"
    )
    assert condition.values[":ofGeneration"] == 2


def test_a_redriven_task_has_no_deadline() -> None:
    """A deadline applies to the first attempt of the first generation; later generations have none."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    in_time = "AND (attribute_not_exists(deadline) OR attempts > :none OR deadline > :now)"
    assert claimable(0, at).expression.endswith(in_time)
    assert "deadline" not in claimable(1, at).expression
