"""Results of work as JSON."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import (
    BaseModel,
    Field,
    PlainSerializer,
    RootModel,
    computed_field,
    field_serializer,
    model_serializer,
)

from lambdas.domain.errors import InvalidWork
from lambdas.process_task.json_result import as_json
from lambdas.work.registry import Payload


class Colour(Enum):
    TEAL = "teal"


class Order(Payload):
    total_price: Decimal


class Faulty(Payload):
    @computed_field
    def ratio(self) -> float:
        return 1 / 0


@dataclass
class Row:
    cell: Any


class Cached(Payload):
    rows: list[int]
    source: Any = Field(exclude=True)


class Words(Payload):
    day: date
    text: str
    parts: Any = ()
    more: Annotated[Any, PlainSerializer(list)] = ()

    @cached_property
    def words(self) -> Iterator[str]:
        return iter(self.text.split())

    @field_serializer("parts")
    def _list(self, parts: Any) -> list[Any]:
        return list(parts)


class Open(BaseModel, extra="allow"):
    @model_serializer
    def _sum(self) -> dict[str, int]:
        return {"sum": sum(*(self.model_extra or {}).values())}


SPLIT = Words(day=date(2026, 1, 1), text="a b", parts=iter([1]), more=iter([2]))
assert SPLIT.words


class Rows(RootModel[list[Any]]):
    def __iter__(self) -> Iterator[Any]:  # type: ignore[override] # as pydantic's pages advise
        return iter(self.root)


WRONG: Any = object()
ITSELF: list[Any] = []
ITSELF.append(ITSELF)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"a": [1, 2.5, None, True, "é"]}, {"a": [1, 2.5, None, True, "é"]}),
        ({"total": Decimal("9.90")}, {"total": "9.90"}),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
        ([date(2026, 1, 1), UUID(int=0), Path("a/b")], ["2026-01-01", str(UUID(int=0)), "a/b"]),
        ((1, {2}), [1, [2]]),
        (Row(cell=Colour.TEAL), {"cell": "teal"}),
        (Order(totalPrice=Decimal("1.5")), {"totalPrice": "1.5"}),
        ({1: "a", "b": "c"}, {"1": "a", "b": "c"}),
        ({None: "a"}, {"null": "a"}),
        ({1: date(2026, 1, 1), "b": "c"}, {"1": "2026-01-01", "b": "c"}),
        (Cached(rows=[1], source=iter([1])), {"rows": [1]}),
        (Rows([1]), [1]),
        (SPLIT, {"day": "2026-01-01", "text": "a b", "parts": [1], "more": [2]}),
        (Open(source=iter([1])), {"sum": 1}),
        ("é".encode(), "é"),
        (10**30, 10**30),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_result_is_converted_to_json(result: object, expected: object) -> None:
    assert as_json(result, "k") == expected


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (object(), "object: Unable to serialize unknown type: <class 'object'>"),
        ({"rows": [1, Row(cell={"a": object()})]}, "rows.1.cell.a (object): Unable to serialize"),
        ([Order.model_construct(total_price=WRONG)], "0.total_price (object): Unable to serialize"),
        ({"icon": b"\xff"}, "icon (bytes): 'utf-8' codec can't decode byte 0xff"),
        ([1, float("nan")], "1 (float): Out of range float values are not JSON compliant: nan"),
        ({"a": 10**400}, "dict: the number 1000"),
        ("\ud800", "str: a string has a lone surrogate"),
        ([Faulty()], "0 (Faulty): "),
        (iter([1]), "list_iterator: return a list"),
        ({"rows": map(str, [1])}, "rows (map): return a list"),
        ([{1}, Row(cell=Rows([zip([1], [2], strict=True)]))], "1.cell.root.0 (zip): return a list"),
        (deque([iter([1])]), "0 (list_iterator): return a list"),
        ({"rows": Row}, "rows (type): Unable to serialize unknown type"),
        ({"a": {1: "a", "1": "b"}}, "a (dict): the key '1' is repeated"),
        ({None: 1, "null": 2}, "dict: the key None"),
        (ITSELF, "list: Circular reference detected"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) and value.isascii() else "",
)
def test_what_is_not_json_is_named_with_its_place(result: object, reason: str) -> None:
    with pytest.raises(InvalidWork) as caught:
        as_json(result, "k")
    assert str(caught.value).startswith(f"the result of k is not JSON: {reason}")


@pytest.mark.parametrize(
    "place",
    [
        lambda rows: rows,
        lambda rows: {"rows": rows},
        Row,
        lambda rows: Words.model_construct(text=rows),  # type: ignore[call-arg]
    ],
    ids=["", "dict", "row", "incomplete model"],
)
def test_a_generator_does_no_work_after_its_time(place: Callable[[object], object]) -> None:
    begun = list[int]()

    def rows() -> Iterator[int]:
        begun.append(1)
        yield 1

    with pytest.raises(InvalidWork, match=r"generator\)?: return a list"):
        as_json(place(rows()), "k")
    assert begun == []
